import type { Route } from '../../adapters/http/route.ts'
import type { Id } from './testing-authority.ts'
import type { Sample } from './testing-samples.ts'

/** Like the other in all but its last letters. */
export const madeUp = (id: string) => `${id.slice(0, -6)}ffffff`

const patternOf = ({ path }: Route) =>
  new RegExp(`^(?:/api/v1)?${path.replace('/api/v1', '').replace(/:\w+/g, '([^/?]+)')}`)

/** The id by which a sample asks. */
export function idIn({ path, body }: Sample, route: Route, { at }: Id): string {
  if (typeof at === 'number') return patternOf(route).exec(path)?.[at + 1] ?? ''
  const value = memberOf(body, at)
  return String((Array.isArray(value) ? value[0] : value) ?? '')
}

/** The same asked by another. */
export function withId(sample: Sample, route: Route, { at }: Id, id: string): Sample {
  if (typeof at === 'number')
    return { ...sample, path: sample.path.replace(idIn(sample, route, { kind: 'node', at }), id) }
  return { ...sample, body: withMember(sample.body, at, Array.isArray(memberOf(sample.body, at)) ? [id] : id) }
}

type Body = Readonly<Record<string, unknown>>

/** By its name, or as `member.of.member`. */
const memberOf = (body: unknown, at: string): unknown =>
  at.split('.').reduce((within, name) => (within as Body)[name], body)

function withMember(body: unknown, at: string, value: unknown): Body {
  const [name = '', ...deeper] = at.split('.')
  const within = (body as Body)[name]
  return { ...(body as Body), [name]: deeper.length > 0 ? withMember(within, deeper.join('.'), value) : value }
}

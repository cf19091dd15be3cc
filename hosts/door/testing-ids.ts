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
  const value = (body as Record<string, string | readonly string[]>)[at]
  return (typeof value === 'string' ? value : value?.[0]) ?? ''
}

/** The same asked by another. */
export function withId(sample: Sample, route: Route, { at }: Id, id: string): Sample {
  if (typeof at === 'number')
    return { ...sample, path: sample.path.replace(idIn(sample, route, { kind: 'node', at }), id) }
  const body = sample.body as Record<string, unknown>
  return { ...sample, body: { ...body, [at]: Array.isArray(body[at]) ? [id] : id } }
}

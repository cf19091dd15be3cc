/** What the runtime's own sampler writes, as far as it is read here (Chrome DevTools Protocol, `Profiler.Profile`). */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  }[]
  /** Of each sample its node, and how long after the one before it came. */
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

interface Cost {
  readonly name: string
  readonly us: number
}

/** Where the time of the last so many seconds was spent, by itself and not by what was called. */
export function costs({ nodes, samples, timeDeltas }: CpuProfile, lastSeconds: number): readonly Cost[] {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]))
  const sums = new Map<string, number>()
  let leftUs = lastSeconds * 1e6
  for (let i = samples.length - 1; i >= 0 && leftUs > 0; i--) {
    const us = timeDeltas[i] ?? 0
    leftUs -= us
    const frame = frames.get(samples[i] ?? 0)
    if (!frame) continue
    const name = nameOf(frame)
    sums.set(name, (sums.get(name) ?? 0) + us)
  }
  return [...sums].map(([name, us]) => ({ name, us })).sort((a, b) => b.us - a.us)
}

/** Outside of any script: the runtime's own work, on the network above all, and waiting. */
export const NATIVE = 'the runtime, and waiting'

type Frame = CpuProfile['nodes'][number]['callFrame']

function nameOf({ functionName, url, lineNumber }: Frame): string {
  const name = functionName === '' || functionName.startsWith('(') ? '(anonymous)' : functionName
  if (url === '') return name === '(anonymous)' ? NATIVE : `${name}, built in`
  return `${name}  ${placeOf(url)}:${lineNumber + 1}`
}

/** Below the folder of the project, or the package. */
const placeOf = (url: string): string =>
  /node_modules\/(.+)$/.exec(url)?.[1] ?? /((?:core|adapters|hosts)\/.+)$/.exec(url)?.[1] ?? url

/** In which room it was. */
export function roomOf(name: string): string {
  const place = name.split('  ')[1]
  if (place === undefined) return name === NATIVE ? NATIVE : 'built in: JSON, strings, maps, promises, responses'
  const [first = '', second = ''] = place.split('/')
  if (first === 'adapters') return `adapters/${second}`
  if (first === 'core' || first === 'hosts') return first
  if (first.startsWith('@')) return `${first}/${second}`
  return first.includes(':') ? "the runtime's modules" : first
}

const SHOWN_MAX = 40

/** Microseconds of each request, by room and by function, the dearest first. */
export function table(costs: readonly Cost[], requests: number): string {
  const rooms = new Map<string, number>()
  for (const { name, us } of costs) rooms.set(roomOf(name), (rooms.get(roomOf(name)) ?? 0) + us)
  const byRoom = [...rooms].map(([name, us]) => ({ name, us })).sort((a, b) => b.us - a.us)
  const line = ({ name, us }: Cost) => `${(us / requests).toFixed(2).padStart(9)}  ${name}`
  const shown = costs.filter(({ name }) => name !== NATIVE).slice(0, SHOWN_MAX)
  return ['us a request, by room', ...byRoom.map(line), '', 'us a request, by function', ...shown.map(line)].join('\n')
}

import type { ClosedOrder } from '../load/closed.ts'
import type { Order } from '../load/driver.ts'
import { type Load, type Round, round } from '../load/round.ts'
import type { Times } from '../load/told.ts'
import type { Place } from '../stage/stage.ts'
import { median, type Spread, spreadOf } from '../statistics.ts'

/** Someone under load, before it is said for how long. */
export interface Loaded<O extends Order = Order> {
  readonly place: Place
  readonly order: Unhurried<O>
  /** What is made ready before each spell. */
  readonly before?: () => Promise<void>
}
type Unhurried<O> = O extends Order ? Omit<O, 'url' | keyof Times> : never

export interface Turns {
  /** Of each who was loaded, the rounds that count. */
  readonly of: readonly (readonly Round[])[]
  /** Of all rounds, those of the warm-up too. */
  readonly all: readonly Round[]
}

/** One after the other and over again, so that a machine that slows down slows them all. */
export async function inTurn(loaded: readonly Loaded[], rounds: number, times: Times): Promise<Turns> {
  const of: Round[][] = loaded.map(() => [])
  for (let i = 0; i < rounds; i++) {
    for (const [who, each] of loaded.entries()) of[who]?.push(await spell(each, times))
  }
  return { of, all: of.flat() }
}

export async function spell({ place, order, before }: Loaded, times: Times): Promise<Round> {
  await before?.()
  const load: Load = { pid: place.pid, order: { ...order, ...times, url: place.url } as Order }
  return round(load)
}

/** As many as it takes to send much in little time. */
const WARM_UP_CONNECTIONS = 256

/**
 * Both compile what they do often, which goes on for some 40,000 requests, and meanwhile they cost up to twice as much; and
 * every node's first beat is a change that is recorded in full. The yardstick, being faster, has half of the time.
 */
export async function warmedUp(loaded: readonly Loaded<ClosedOrder>[], forMs: number): Promise<readonly Round[]> {
  const rounds: Round[] = []
  for (const { order, ...rest } of loaded) {
    const hurried = { ...rest, order: { ...order, connections: WARM_UP_CONNECTIONS } }
    rounds.push(await spell(hurried, { warmUpMs: 0, countedMs: order.answers === 'yardstick' ? forMs / 2 : forMs }))
  }
  return rounds
}

/** Round by round, so that what slowed both down is in neither. */
export const ratioOf = (
  ours: readonly Round[] | undefined,
  theirs: readonly Round[] | undefined,
  key: 'perCpuSecond' | 'perCpuSecondWithDatabase' = 'perCpuSecond',
  theirKey: typeof key = 'perCpuSecond',
): Spread => spreadOf((ours ?? []).map((each, i) => each[key] / (theirs?.[i]?.[theirKey] ?? Number.NaN)))

export const middle = (rounds: readonly Round[] | undefined, of: (round: Round) => number): number =>
  median((rounds ?? []).map(of))

export const perSecond = (rounds: readonly Round[] | undefined): number =>
  middle(rounds, ({ requests, seconds }) => requests / seconds)

/** Every error of every round, whether it counts or not. */
export const faultsOf = (all: readonly Pick<Round, 'errors' | 'faults'>[]) => ({
  errors: all.reduce((sum, { errors }) => sum + errors, 0),
  faults: all.flatMap(({ faults }) => faults),
})

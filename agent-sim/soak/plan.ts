import { chanceOf } from '../chance.ts'
import { type RequestKind, requestKinds } from './requests.ts'

export const CAPTURE_SECONDS = 3
export const CHUNK_SECONDS = 1

/** Which database the host has: the one that it brings, or one of a server. */
export const databases = ['embedded', 'server'] as const
export type Database = (typeof databases)[number]
/** What is killed: the host, or the embedded database underneath it. */
export const victims = ['host', 'database'] as const
export type Victim = (typeof victims)[number]

export interface Variant {
  readonly database: Database
  readonly victim: Victim
}

export const variants: readonly Variant[] = [
  { database: 'embedded', victim: 'host' },
  { database: 'server', victim: 'host' },
  { database: 'embedded', victim: 'database' },
]

/** What a round is about to do. It follows from the seed alone; when exactly it happens is for real time to decide. */
export interface Plan extends Variant {
  readonly seed: number
  readonly nodes: readonly NodePlan[]
  readonly kills: readonly Kill[]
  /** What could not be delivered while the controller was away is never delivered: its lease has to run out. */
  readonly forsaken: boolean
}

export interface NodePlan {
  readonly seed: number
  /** One recording after the other, and over again. */
  readonly orders: readonly Order[]
}

export interface Order {
  /** Scenario B; else the whole capture in one file, which is scenario A. */
  readonly inChunks: boolean
  /** When its operator has had enough, counted from the order. */
  readonly stopAfterMs?: number
}

/** So long after something has happened for the n-th time since the last. */
export interface Kill {
  readonly after: Moment
  readonly nth: number
  readonly delayMs: number
  /** How long whoever looks after the host takes to start it again. */
  readonly awayMs: number
}

/** A request was sent; audio is being given its place, and its row is not there yet; the host was started again. */
export type Moment = RequestKind | 'filing' | 'start'

export function planOf(seed: number, variant: Variant, forsaken: boolean): Plan {
  const chance = chanceOf(seed)
  const upTo = (most: number) => 1 + Math.floor(chance() * most)
  const nodes = Array.from({ length: 2 + upTo(4) }, (_, i) => ({
    seed: seed * 10 + i,
    orders: Array.from({ length: 4 }, () => orderOf(chance)),
  }))
  const kills = Array.from({ length: upTo(2) }, (_, i) => killOf(chance, upTo, i > 0))
  return { ...variant, seed, nodes, kills, forsaken }
}

function orderOf(chance: () => number): Order {
  const inChunks = chance() < 0.6
  const isStopped = chance() < 0.4
  return { inChunks, ...(isStopped && { stopAfterMs: Math.round(chance() * CAPTURE_SECONDS * 1000) }) }
}

/** Within seconds, whichever is counted: of the rare ones a few, of all together a few hundred. */
const countMax: Readonly<Record<Moment, number>> = {
  ...{ any: 300, upload: 12, claim: 20, order: 6, stop: 1, end: 1 },
  ...{ filing: 6, start: 1 },
}
const REQUEST_MS_MAX = 60
const FILING_MS_MAX = 10
const START_MS_MAX = 2000

function killOf(chance: () => number, upTo: (most: number) => number, again: boolean): Kill {
  const after = momentOf(chance, again)
  const withinMs = after === 'start' ? START_MS_MAX : after === 'filing' ? FILING_MS_MAX : REQUEST_MS_MAX
  return {
    after,
    nth: upTo(countMax[after]),
    delayMs: Math.floor(chance() * withinMs),
    awayMs: Math.round(chance() * 500),
  }
}

/** Most of them around an upload, where bytes, rows and answers are easiest to part. */
function momentOf(chance: () => number, again: boolean): Moment {
  const lot = chance()
  if (again && lot < 0.2) return 'start'
  if (lot < 0.5) return 'filing'
  return lot < 0.75 ? 'upload' : (requestKinds[Math.floor(chance() * requestKinds.length)] ?? 'any')
}

/** The one command that does it again. */
export const commandFor = ({ seed, database, victim, forsaken }: Plan): string =>
  `npm run soak:crash -- 1 --seed ${seed} --database ${database} --kill ${victim}${forsaken ? ' --forsaken' : ''}`

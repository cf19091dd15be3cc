import type { Target, WorkloadName } from '../payloads.ts'
import type { Spread } from '../statistics.ts'

/** One line of the table: what is aimed at, and how it is measured. */
export interface Row {
  /** As the list of targets counts them. */
  readonly number: string
  readonly name: string
  /** How many nodes have to be enrolled before. */
  readonly nodes: number
  /** Requests per CPU-second over the yardstick's. */
  readonly target: number
  /** The same with the database's CPU counted. */
  readonly targetWithDatabase?: number
  measure(bench: Bench): Promise<Measured>
}

/** What every row finds: both servers running, the fleet enrolled. */
export interface Bench {
  readonly controller: Place
  readonly yardstick: Place
  readonly targets: readonly Target[]
  /** How long the controller's answers are. */
  readonly replyBytes: Readonly<Record<WorkloadName, number>>
  readonly pace: Pace
}

/** Where a server is. Its process id is absent where its CPU cannot be accounted for. */
export interface Place {
  readonly url: string
  readonly pid?: number
}

export interface Pace {
  readonly rounds: number
  /** Of the controller, once before the first round of a row; the yardstick, being faster, has half of that. */
  readonly firstWarmUpMs: number
  readonly warmUpMs: number
  readonly countedMs: number
}

export interface Measured {
  /** Of each pair of rounds. Absent where CPU cannot be accounted for. */
  readonly ratio?: Spread
  readonly ratioWithDatabase?: Spread
  readonly requestsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** The driver's own ceiling: what it gets out of the yardstick. */
  readonly yardstickPerSecond: number
  /** How much of a core it used for that. Near 1, the driver is what limits. */
  readonly driverCores: number
  readonly errors: number
  /** The first few errors, in words. */
  readonly faults: readonly string[]
}

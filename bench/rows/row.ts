import type { Workload } from '../payloads.ts'

/** One line of the table: a load, and what is aimed at. */
export interface Row {
  /** As the list of targets counts them. */
  readonly number: string
  readonly name: string
  readonly workload: Workload
  readonly nodes: number
  readonly connections: number
  /** Requests per CPU-second over the yardstick's. */
  readonly target: number
  /** The same with the database's CPU counted. */
  readonly targetWithDatabase?: number
}

import { performance } from 'node:perf_hooks'
import { percentile } from '../statistics.ts'
import type { Connection } from './connection.ts'
import type { Tally } from './tally.ts'

/** What has come of a load. */
export interface Told {
  readonly requests: number
  readonly seconds: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** How much of a core the driver itself used, meanwhile. */
  readonly driverCores: number
  /** How late it sent what was due. Of an open loop only. */
  readonly lateP99Ms?: number
  /** How long whoever asks nothing but whether someone is there waits. Of an open loop only. */
  readonly probeP99Ms?: number
  /** What was handed out, by id, whether counted or not. */
  readonly handedOut: readonly string[]
  readonly errors: number
  /** The first few errors, in words. */
  readonly faults: readonly string[]
}

export interface Times {
  readonly warmUpMs: number
  readonly countedMs: number
}

/** Said when it starts to count and when it has stopped, so that CPU can be read just then. */
export type Say = (mark: 'counting' | 'counted') => void

/** How long an answer that is under way at the end is waited for. */
const LAST_ANSWERS_MS = 2_000

/** Counts what is answered between the end of the warm-up and the end of the load. */
export async function counted(
  { warmUpMs, countedMs }: Times,
  tally: Tally,
  connections: readonly Connection[],
  say: Say,
): Promise<Told> {
  await Bun.sleep(warmUpMs)
  tally.start()
  const startedMs = performance.now()
  const usedBefore = process.cpuUsage()
  say('counting')
  await Bun.sleep(countedMs)
  tally.stop()
  const { user, system } = process.cpuUsage(usedBefore)
  const seconds = (performance.now() - startedMs) / 1000
  say('counted')

  const unanswered = Bun.sleep(LAST_ANSWERS_MS).then(() => tally.fault('an answer did not come'))
  await Promise.race([Promise.all(connections.map(({ closed }) => closed)), unanswered])
  const { requests, latenciesMs, handedOut, errors, faults } = tally
  const [p50Ms, p99Ms] = [percentile(latenciesMs, 0.5), percentile(latenciesMs, 0.99)]
  const driverCores = (user + system) / 1e6 / seconds
  return { requests, seconds, p50Ms, p99Ms, driverCores, handedOut, errors, faults }
}

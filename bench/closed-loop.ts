import type { WorkloadName } from './payloads.ts'
import { type Load, type Round, round } from './round.ts'
import type { Bench, Measured, Pace, Row } from './rows/row.ts'
import { median, spreadOf } from './statistics.ts'

export interface ClosedLoop extends Omit<Row, 'measure'> {
  readonly workload: WorkloadName
  readonly connections: number
}

/** A row of requests per CPU-second, over those of the yardstick under the same load. */
export const closedLoop = (spec: ClosedLoop): Row => ({
  ...spec,
  measure: async (bench) => {
    const { warmUp, pairs } = await alternate(spec, bench)
    const [ours, theirs] = [pairs.map(([round]) => round), pairs.map(([, round]) => round)]
    const over = (key: 'perCpuSecond' | 'perCpuSecondWithDatabase') =>
      spreadOf(pairs.map(([our, their]) => our[key] / their.perCpuSecond))
    const isAccounted = bench.controller.pid !== undefined && bench.yardstick.pid !== undefined
    const all = [...warmUp, ...pairs.flat()]
    const measured: Measured = {
      ...(isAccounted && { ratio: over('perCpuSecond'), ratioWithDatabase: over('perCpuSecondWithDatabase') }),
      requestsPerSecond: perSecond(ours),
      p50Ms: median(ours.map(({ p50Ms }) => p50Ms)),
      p99Ms: median(ours.map(({ p99Ms }) => p99Ms)),
      yardstickPerSecond: perSecond(theirs),
      driverCores: median(theirs.map(({ driverCores }) => driverCores)),
      errors: all.reduce((sum, { errors }) => sum + errors, 0),
      faults: all.flatMap(({ faults }) => faults),
    }
    return measured
  },
})

const perSecond = (rounds: readonly Round[]) => median(rounds.map(({ requests, seconds }) => requests / seconds))

type Pair = readonly [controller: Round, yardstick: Round]

/** Controller and yardstick in turn, so that a machine that slows down slows both. */
async function alternate(spec: ClosedLoop, bench: Bench): Promise<{ warmUp: Pair; pairs: readonly Pair[] }> {
  const { pace } = bench
  const pair = async (pace: Pace): Promise<Pair> => [
    await round(loadOf(spec, bench, 'controller', pace)),
    await round(loadOf(spec, bench, 'yardstick', pace)),
  ]
  // Both compile what they do often, and every node's first beat is a change that is recorded in full.
  const warmUp = await pair({ ...pace, warmUpMs: 0, countedMs: pace.firstWarmUpMs })
  const pairs: Pair[] = []
  for (let i = 0; i < pace.rounds; i++) pairs.push(await pair(pace))
  return { warmUp, pairs }
}

function loadOf(spec: ClosedLoop, bench: Bench, answers: 'controller' | 'yardstick', pace: Pace): Load {
  const { url, pid } = bench[answers]
  const { warmUpMs, countedMs } = pace
  return {
    pid,
    order: {
      url,
      answers,
      workload: spec.workload,
      connections: spec.connections,
      targets: bench.targets.slice(0, spec.nodes),
      replyBytes: bench.replyBytes[spec.workload],
      warmUpMs,
      countedMs,
    },
  }
}

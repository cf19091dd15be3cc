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

type Times = Pick<Pace, 'warmUpMs' | 'countedMs'>
type Pair = readonly [controller: Round, yardstick: Round]

/** Controller and yardstick in turn, so that a machine that slows down slows both. */
async function alternate(spec: ClosedLoop, bench: Bench): Promise<{ warmUp: Pair; pairs: readonly Pair[] }> {
  const warmUp = await warmedUp(spec, bench)
  const pairs: Pair[] = []
  for (let i = 0; i < bench.pace.rounds; i++) {
    const ours = await round(loadOf(spec, bench, 'controller', bench.pace))
    pairs.push([ours, await round(loadOf(spec, bench, 'yardstick', bench.pace))])
  }
  return { warmUp, pairs }
}

/** As many as it takes to send much in little time. */
const WARM_UP_CONNECTIONS = 256

/**
 * Both compile what they do often, which goes on for some 40,000 requests, and meanwhile they cost up to twice as much; and
 * every node's first beat is a change that is recorded in full.
 */
async function warmedUp(spec: ClosedLoop, bench: Bench): Promise<Pair> {
  const warm = (answers: 'controller' | 'yardstick', countedMs: number) =>
    round(loadOf({ ...spec, connections: WARM_UP_CONNECTIONS }, bench, answers, { warmUpMs: 0, countedMs }))
  const { firstWarmUpMs } = bench.pace
  return [await warm('controller', firstWarmUpMs), await warm('yardstick', firstWarmUpMs / 2)]
}

function loadOf(spec: ClosedLoop, bench: Bench, answers: 'controller' | 'yardstick', times: Times): Load {
  const { url, pid } = bench[answers]
  return {
    pid,
    order: {
      url,
      answers,
      workload: spec.workload,
      connections: spec.connections,
      targets: bench.targets.slice(0, spec.nodes),
      replyBytes: bench.replyBytes[spec.workload],
      warmUpMs: times.warmUpMs,
      countedMs: times.countedMs,
    },
  }
}

import type { ClosedOrder } from '../load/closed.ts'
import type { FleetName, Pace } from '../pace.ts'
import type { Runtime } from '../stage/runtimes.ts'
import { bytesOf, type Fleet, type YardstickBytes } from '../stage/stage.ts'
import type { WorkloadName } from '../workloads.ts'
import { faultsOf, inTurn, type Loaded, middle, perSecond, ratioOf, type Turns, warmedUp } from './in-turn.ts'
import type { Aim, Measured, Row } from './row.ts'

export interface ClosedLoop {
  readonly number: string
  readonly says: string
  readonly workload: WorkloadName
  readonly answers: keyof YardstickBytes
  readonly fleet: FleetName
  readonly connections: number
  readonly runtime?: Runtime
  readonly ratio: Aim
  readonly ratioWithDatabase?: Aim
}

/** A row of requests per CPU-second, over those of the yardstick under the same load. */
export function closedLoop(spec: ClosedLoop, { fleets }: Pace): Row {
  const { number, says, runtime, connections } = spec
  const on = runtime ? `, on ${runtime}` : ''
  return {
    number,
    name: `${says}, ${fleets[spec.fleet].toLocaleString('en')} nodes, ${connections} connections${on}`,
    ...(runtime && { runtime }),
    async measure(stage, pace) {
      const fleet = await stage.fleet(fleets[spec.fleet], runtime)
      const bytes = await bytesOf(fleet, spec.workload)
      return stage.withYardstick({ [spec.answers]: bytes }, async (yardstick) => {
        const ours = loadOf(spec, fleet, bytes)
        const theirs = { place: yardstick, order: { ...ours.order, answers: 'yardstick' as const } }
        const warmUp = await warmedUp([ours, theirs], pace.firstWarmUpMs)
        const turns = await inTurn([ours, theirs], pace.rounds, pace.spell)
        return measured(spec, { ...turns, all: [...warmUp, ...turns.all] })
      })
    },
  }
}

export const loadOf = (
  { workload, connections }: Pick<ClosedLoop, 'workload' | 'connections'>,
  { place, targets }: Fleet,
  replyBytes: number,
): Loaded<ClosedOrder> => ({
  place,
  order: { loop: 'closed', answers: 'controller', workload, connections, targets, replyBytes },
})

const measured = ({ ratio, ratioWithDatabase }: ClosedLoop, { of: [ours, theirs], all }: Turns): Measured => ({
  figures: [
    { name: 'ratio to B', measured: ratioOf(ours, theirs), aim: ratio },
    {
      name: 'ratio to B, incl. DB',
      measured: ratioOf(ours, theirs, 'perCpuSecondWithDatabase'),
      ...(ratioWithDatabase && { aim: ratioWithDatabase }),
    },
  ],
  asides: asidesOf(ours, theirs),
  ...faultsOf(all),
})

/** The driver's own ceiling is what it gets out of the yardstick. Near one core, it is the driver that limits. */
export const asidesOf = (ours: Turns['of'][number] | undefined, theirs: Turns['of'][number] | undefined) => ({
  'requests/s': perSecond(ours),
  'p50 ms': middle(ours, ({ p50Ms }) => p50Ms),
  'p99 ms': middle(ours, ({ p99Ms }) => p99Ms),
  'per CPU-s': middle(ours, ({ perCpuSecond }) => perCpuSecond),
  'B per CPU-s': middle(theirs, ({ perCpuSecond }) => perCpuSecond),
  'B requests/s': perSecond(theirs),
  'driver cores': middle(theirs, ({ driverCores }) => driverCores),
})

import type { OpenOrder } from '../load/open.ts'
import type { Round } from '../load/round.ts'
import type { Stream } from '../load/schedule.ts'
import type { Pace } from '../pace.ts'
import { bytesOf } from '../stage/stage.ts'
import { percentile, spreadOf } from '../statistics.ts'
import type { WorkloadName } from '../workloads.ts'
import { keptMs } from './disk.ts'
import { faultsOf, inTurn, type Loaded, middle, perSecond } from './in-turn.ts'
import { type Aim, atMost, type Row } from './row.ts'

/** What a fleet does all day, at its own times. */
export const openLoops = ({ fleets }: Pace): readonly Row[] => [
  openLoop({
    number: '8',
    nodes: fleets.middle,
    streams: { heartbeat: 5000, frame: 1000 },
    p99: atMost(15, 8),
    cores: atMost(0.3, 0.2),
  }),
  openLoop({
    number: '9',
    nodes: fleets.large,
    streams: { heartbeat: 5000 },
    p99: atMost(25, 15),
    cores: atMost(0.45, 0.2),
  }),
]

/** More than are ever under way at once, as long as all is well. */
const CONNECTIONS = 256

interface OpenLoop {
  readonly number: string
  readonly nodes: number
  /** How often each node does it, in milliseconds. */
  readonly streams: Partial<Readonly<Record<'heartbeat' | 'frame', number>>>
  readonly p99: Aim
  readonly cores: Aim
}

/**
 * The probe asks /healthz all the while, which waits for nothing but the controller's event loop: how long that takes is
 * the most that the loop can have lagged. In a closed loop it would measure the queue that the load itself makes.
 */
function openLoop({ number, nodes, streams, p99, cores }: OpenLoop): Row {
  const each = Object.entries(streams) as [WorkloadName & keyof typeof streams, number][]
  const rates = each.map(([what, everyMs]) => `${Math.round((nodes * 1000) / everyMs).toLocaleString('en')} ${what}s/s`)
  return {
    number,
    name: `open loop, ${nodes.toLocaleString('en')} nodes: ${rates.join(' + ')}`,
    async measure(stage, pace) {
      const fleet = await stage.fleet(nodes)
      const bytes: Partial<Record<'heartbeat' | 'frame', number>> = {}
      for (const [what] of each) bytes[what] = await bytesOf(fleet, what)
      const flows = each.map(([workload, everyMs]): Stream => ({ workload, everyMs, replyBytes: bytes[workload] ?? 0 }))
      return stage.withYardstick(bytes, async (yardstick) => {
        const loadOn = (place: Loaded['place'], answers: OpenOrder['answers']): Loaded<OpenOrder> => ({
          place,
          order: { loop: 'open', answers, targets: fleet.targets, streams: flows, connections: CONNECTIONS },
        })
        const loaded = [loadOn(fleet.place, 'controller'), loadOn(yardstick, 'yardstick')]
        const { of, all } = await inTurn(loaded, pace.openRounds, pace.open)
        const [ours = [], theirs = []] = of
        const kept = await keptMs(pace.open.countedMs)
        return {
          figures: [
            { name: 'p99 ms', measured: spreadOf(ours.map(({ p99Ms }) => p99Ms)), aim: p99 },
            { name: 'cores incl. DB', measured: spreadOf(ours.map((round) => round.coresWithDatabase)), aim: cores },
          ],
          asides: asidesOf(ours, theirs, kept),
          ...faultsOf(all),
        }
      })
    },
  }
}

/** The driver's part in every latency is what it measures of the yardstick, the disk's what a page takes with nothing else at work. */
const asidesOf = (ours: readonly Round[], theirs: readonly Round[], kept: readonly number[]) => ({
  'requests/s': perSecond(ours),
  'p50 ms': middle(ours, ({ p50Ms }) => p50Ms),
  'cores without DB': middle(ours, ({ cores }) => cores),
  'probe p99 ms': middle(ours, ({ probeP99Ms }) => probeP99Ms ?? Number.NaN),
  'B p50 ms': middle(theirs, ({ p50Ms }) => p50Ms),
  'B p99 ms': middle(theirs, ({ p99Ms }) => p99Ms),
  'B probe p99 ms': middle(theirs, ({ probeP99Ms }) => probeP99Ms ?? Number.NaN),
  'disk alone p99 ms': percentile(kept, 0.99),
  'disk alone most ms': Math.max(...kept),
  'B cores': middle(theirs, ({ cores }) => cores),
  'driver late p99 ms': middle(theirs, ({ lateP99Ms }) => lateP99Ms ?? Number.NaN),
  'driver cores': middle(theirs, ({ driverCores }) => driverCores),
})

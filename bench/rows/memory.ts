import type { OpenOrder } from '../load/open.ts'
import type { Pace } from '../pace.ts'
import { CHANNELS_MANY } from '../payloads.ts'
import { memoryOf, residentWhile } from '../stage/process.ts'
import { bytesOf } from '../stage/stage.ts'
import { spreadOf } from '../statistics.ts'
import { faultsOf, perSecond, spell } from './in-turn.ts'
import { atMost, type Row } from './row.ts'

const CONNECTIONS = 64
/** So often each node sends a frame until the windows are full: sooner than in life, and not as fast as it goes. */
const FILLING_MS = 200
/** So that the last frame of the slowest is among them. */
const A_LITTLE_LONGER = 1.1

const short = (heard: number, wanted: number) => ({
  errors: 1,
  faults: [`the windows are not full: ${heard} frames of ${wanted} were heard`],
})

/** What a controller holds while it hears every channel of the fleet. It is a fresh one, which has done nothing else. */
export const memory = ({ fleets, windowFrames }: Pace): readonly Row[] => [
  {
    number: '13',
    name: `RSS, ${fleets.middle.toLocaleString('en')} nodes x 32 channels with the watchdog's window of ${windowFrames} frames`,
    needsOwn: true,
    measure: (stage, pace) =>
      stage.alone({ size: fleets.middle, channels: CHANNELS_MANY }, async (fleet) => {
        const [beat, frame] = [await bytesOf(fleet, 'wideHeartbeat'), await bytesOf(fleet, 'wideFrame')]
        const order: Omit<OpenOrder, 'url' | 'warmUpMs' | 'countedMs'> = {
          loop: 'open',
          answers: 'controller',
          targets: fleet.targets,
          connections: CONNECTIONS,
          streams: [
            { workload: 'wideHeartbeat', everyMs: 5000, replyBytes: beat },
            { workload: 'wideFrame', everyMs: 1000, replyBytes: frame },
          ],
        }
        const atRest = memoryOf(fleet.controller.pid)
        const filling = {
          ...order,
          streams: [{ workload: 'wideFrame', everyMs: FILLING_MS, replyBytes: frame }],
        } as const
        const filled = await spell(
          { place: fleet.place, order: filling },
          { warmUpMs: 0, countedMs: windowFrames * FILLING_MS * A_LITTLE_LONGER },
        )
        const wanted = fleet.targets.length * windowFrames
        const { pid } = fleet.controller
        const { done: told, residentMiB } = await residentWhile(pid, spell({ place: fleet.place, order }, pace.open))
        return {
          figures: [{ name: 'RSS MiB', measured: spreadOf(residentMiB), aim: atMost(400, 250) }],
          asides: {
            'once enrolled, MiB': atRest.residentMiB,
            'at its peak, MiB': memoryOf(pid).peakMiB,
            'requests/s': perSecond([told]),
          },
          ...faultsOf([filled, told, ...(filled.requests < wanted ? [short(filled.requests, wanted)] : [])]),
        }
      }),
  },
]

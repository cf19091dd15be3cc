import type { Pace } from '../pace.ts'
import type { Runtime } from '../stage/runtimes.ts'
import { claims } from './claims.ts'
import { frames, narrowFrames } from './frames.ts'
import { fewHeartbeats, heartbeats } from './heartbeats.ts'
import { lists } from './lists.ts'
import { memory } from './memory.ts'
import { openLoops } from './open-loop.ts'
import type { Row } from './row.ts'
import { starts } from './starts.ts'

/** Every row, in the order of the list of targets; heartbeats and frames on further runtimes, if any are wanted. */
export function rowsOf(pace: Pace, further: readonly Runtime[]): readonly Row[] {
  const on = (runtime: Runtime) => [fewHeartbeats(pace, runtime), narrowFrames(pace, runtime)]
  return [
    ...heartbeats(pace),
    ...frames(pace),
    ...claims(pace),
    ...openLoops(pace),
    ...lists(pace),
    ...memory(pace),
    ...starts(pace),
    ...further.flatMap(on),
  ]
}

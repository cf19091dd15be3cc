import { THINNED_AT_ONCE_MAX, thinTrail } from '../audit/thinning.ts'
import { asked, systemCall } from '../operation.ts'
import { perform } from '../perform.ts'
import type { Runner } from './runner.ts'

/** More waits for the next tick. */
const ROUNDS_MAX = 20

/** Takes from the audit what need not be kept for good, some at a time. */
export const thinningRunner: Runner = {
  name: 'thinning',

  async tick(world, now) {
    let done = 0
    for (let round = 0; round < ROUNDS_MAX; round++) {
      const thinned = await perform(thinTrail, systemCall('retention-runner', now), asked({}), world)
      const gone = thinned.ok ? thinned.value : 0
      done += gone
      if (gone < THINNED_AT_ONCE_MAX) break
    }
    return done
  },
}

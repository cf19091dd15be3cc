import { thinTrail } from '../audit/thinning.ts'
import { asked, systemCall } from '../operation.ts'
import { perform } from '../perform.ts'
import type { Runner } from './runner.ts'

/** Takes from the audit what need not be kept for good, some at a time. */
export const thinningRunner: Runner = {
  name: 'thinning',

  async tick(world, now) {
    const thinned = await perform(thinTrail, systemCall('retention-runner', now), asked({}), world)
    return thinned.ok ? thinned.value : 0
  },
}

import { tellRefusals } from '../audit/telling.ts'
import type { Instant } from '../ids.ts'
import { asked, systemCall } from '../operation.ts'
import { perform } from '../perform.ts'
import type { World } from '../world.ts'
import type { Runner } from './runner.ts'

const TOLD_AT_ONCE_MAX = 100

/** Records how often the same was refused, once its minute is over, and before the end. */
export const refusalRunner: Runner = {
  name: 'refusal',
  tick: (world, now) => tell(world, now, false),
  lastTick: (world, now) => tell(world, now, true),
}

async function tell(world: World, now: Instant, all: boolean): Promise<number> {
  for (let told = 0; ; ) {
    const entries = world.refusals.take(now, TOLD_AT_ONCE_MAX, all)
    if (entries.length === 0) return told
    try {
      await perform(tellRefusals, systemCall('controller', now), asked({ entries }), world)
    } catch (error) {
      world.refusals.putBack(entries)
      throw error
    }
    told += entries.length
  }
}

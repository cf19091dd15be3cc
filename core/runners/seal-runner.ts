import { sealTrail } from '../audit/sealing.ts'
import type { Instant } from '../ids.ts'
import { asked, systemCall } from '../operation.ts'
import { perform } from '../perform.ts'
import type { World } from '../world.ts'
import type { Runner } from './runner.ts'

/** A trail that was long before it was sealed at all is closed a piece at a time. */
const SEGMENTS_PER_TICK_MAX = 10

/** Seals the trail; at the end what has not waited long, too, since nobody knows when it would be. */
export const sealRunner: Runner = {
  name: 'seal',
  tick: (world, now) => closeSegments(world, now, false),
  lastTick: (world, now) => closeSegments(world, now, true),
}

async function closeSegments(world: World, now: Instant, early: boolean): Promise<number> {
  let entries = 0
  for (let segments = 0; segments < SEGMENTS_PER_TICK_MAX; segments++) {
    const closed = await perform(sealTrail, systemCall('seal-runner', now), asked({ early }), world)
    if (!closed.ok || !closed.value) break
    const { number, firstSeq, lastSeq, hash } = closed.value
    await world.notary.remember({ number, lastSeq, hash })
    entries += lastSeq - firstSeq + 1
  }
  return entries
}

import type { Instant } from '../ids.ts'
import { asked, systemCall } from '../operation.ts'
import { perform } from '../perform.ts'
import type { Doubtful } from '../ports/media.ts'
import { recordingOf, settleDoubt } from '../recordings/naming.ts'
import type { World } from '../world.ts'
import type { Runner } from './runner.ts'

/** So long people may still get at audio that no row names: refused after it had come, replaced, or ordered anew. */
const DOUBTED_FOR_MS = 24 * 60 * 60_000
const SETTLED_PER_TICK_MAX = 1000

/** Gives back the space of audio that nobody can ask for. */
export const retentionRunner: Runner = {
  name: 'retention',

  async tick(world, now) {
    const due = world.media.doubtful().filter(({ since }) => since + DOUBTED_FOR_MS <= now)
    const failures: unknown[] = []
    // One that cannot be settled must not keep the space of the others.
    for (const each of due.slice(0, SETTLED_PER_TICK_MAX)) await settle(each, now, world).catch((e) => failures.push(e))
    if (failures.length > 0) throw failures[0]
    return Math.min(due.length, SETTLED_PER_TICK_MAX)
  },
}

async function settle(doubtful: Doubtful, now: Instant, world: World): Promise<void> {
  const call = systemCall('retention-runner', now, { recordingId: recordingOf(doubtful.path) })
  const named = await perform(settleDoubt, call, asked(doubtful), world)
  if (named.ok) await world.media.resolve(doubtful, named.value)
}

import { asked, systemCall } from '../operation.ts'
import { perform } from '../perform.ts'
import { recordingOf, settleDoubt } from '../recordings/naming.ts'
import type { Runner } from './runner.ts'

/** So long people may still get at audio that no row names: refused after it had come, replaced, or ordered anew. */
const DOUBTED_FOR_MS = 24 * 60 * 60_000
const SETTLED_PER_TICK_MAX = 100

/** Gives back the space of audio that nobody can ask for. */
export const retentionRunner: Runner = {
  name: 'retention',

  async tick(world, now) {
    const due = world.media.doubtful().filter(({ since }) => since + DOUBTED_FOR_MS <= now)
    for (const doubtful of due.slice(0, SETTLED_PER_TICK_MAX)) {
      const call = systemCall('retention-runner', now, { recordingId: recordingOf(doubtful.path) })
      const named = await perform(settleDoubt, call, asked(doubtful), world)
      if (named.ok) await world.media.resolve(doubtful, named.value)
    }
    return Math.min(due.length, SETTLED_PER_TICK_MAX)
  },
}

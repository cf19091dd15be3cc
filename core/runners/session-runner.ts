import { removeEndedSessions } from '../access/sign-in/sessions.ts'
import { asked, systemCall } from '../operation.ts'
import { perform } from '../perform.ts'
import type { Runner } from './runner.ts'

const SESSIONS_PER_TICK_MAX = 1000

/** Lets go of sessions that nobody can use any more. */
export const sessionRunner: Runner = {
  name: 'session',

  async tick(world, now) {
    const removed = await perform(
      removeEndedSessions,
      systemCall('session-runner', now),
      asked({ limit: SESSIONS_PER_TICK_MAX }),
      world,
    )
    return removed.ok ? removed.value : 0
  },
}

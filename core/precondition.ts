import type { Versioned } from './ports/storage.ts'
import { type Refusal, refuse } from './result.ts'

/** An edit of what somebody has read. */
export interface Careful {
  /** The versions it may replace. Absent: whichever there is. */
  readonly instead?: readonly number[]
}

/** What was read has moved on: who edits it all the same would undo what another has done since. */
export const refusedStale = ({ version }: Versioned, { instead }: Careful, reason: string): Refusal | undefined =>
  instead === undefined || instead.includes(version)
    ? undefined
    : refuse('precondition_failed', reason, { details: { version } })

import type { SessionId } from '../../ids.ts'
import { operation } from '../../operation.ts'
import { ok, refuse } from '../../result.ts'
import type { Session } from '../session.ts'
import { userTarget } from '../user.ts'

export interface OwnSession {
  readonly session: Session
  /** The one that asks. */
  readonly current: boolean
}

/** Where somebody is signed in. Whoever has a session may see its own, and end them. */
export const listOwnSessions = operation({
  audience: 'user',
  audit: 'auth.sessions.read',
  target: { type: 'user' },

  run(_: object, { live, caller, mark }) {
    if (caller.type !== 'user') return refuse('unauthenticated', 'unauthenticated')
    const { user, session } = caller
    const value = live
      .sessionsOf(user.id, mark.at)
      .map((each): OwnSession => ({ session: each, current: each.id === session.id }))
    return ok({ value, target: userTarget(user), details: { returnedCount: value.length } })
  },
})

/** Somebody else's looks like none. */
export const revokeOwnSession = operation({
  audience: 'user',
  audit: 'auth.sessions.revoke',
  target: { type: 'session', param: 'sessionId' },

  run({ sessionId }: { readonly sessionId: SessionId }, { live, caller, mark }) {
    if (caller.type !== 'user') return refuse('unauthenticated', 'unauthenticated')
    const session = live.sessionsOf(caller.user.id, mark.at).find(({ id }) => id === sessionId)
    if (!session) return refuse('not_found', 'session_not_found')
    return ok({
      value: null,
      changes: { sessions: [{ ...session, revokedAt: mark.at }] },
      before: { sessionId },
      after: { sessionId, revokedAt: mark.at },
    })
  },
})

/** So long a session that is over is kept; the audit tells for good when it began and how it ended. */
const KEPT_MS = 24 * 60 * 60_000

/** The trail says how many they were: each of them had entries of its own. */
export const removeEndedSessions = operation({
  audience: 'system',
  audit: 'auth.sessions.removal',
  target: { type: 'auth' },

  async run({ limit }: { readonly limit: number }, { stores, mark }) {
    const ended = await stores.sessions.ended(mark.at - KEPT_MS, limit)
    if (ended.length === 0) return ok({ value: 0, silent: true })
    return ok({
      value: ended.length,
      changes: { removed: { sessions: ended } },
      details: { count: ended.length },
    })
  },
})

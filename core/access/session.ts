import type { Instant, SessionId, UserId } from '../ids.ts'
import type { Ids, Tokens } from '../ports/identity.ts'
import { bounded } from '../text.ts'

/** Absolute, from sign-in; use does not prolong it. */
export const SESSION_LIFETIME_MS = 12 * 60 * 60_000

/** A signed-in user. The token itself is shown once and kept nowhere. */
export interface Session {
  readonly id: SessionId
  readonly version: number
  /** SHA-256 of the token, hex. */
  readonly tokenHash: string
  readonly userId: UserId
  readonly createdAt: Instant
  readonly expiresAt: Instant
  readonly revokedAt?: Instant
  /** Where it was begun, so that its owner can tell one from another. */
  readonly ipAddress?: string
  readonly userAgent?: string
}

export const isLive = (session: Session, now: Instant): boolean =>
  session.revokedAt === undefined && session.expiresAt > now

interface Beginning {
  readonly ids: Ids
  readonly tokens: Tokens
  readonly at: Instant
  readonly from: { readonly ipAddress?: string | undefined; readonly userAgent?: string | undefined }
}

/** The one way into the controller, wherever the person was recognised. */
export function beginSession(
  userId: UserId,
  { ids, tokens, at, from }: Beginning,
): { readonly session: Session; readonly token: string } {
  const { token, hash } = tokens.mint('rt_')
  const session: Session = {
    id: ids.uuid() as SessionId,
    version: 0,
    tokenHash: hash,
    userId,
    createdAt: at,
    expiresAt: at + SESSION_LIFETIME_MS,
    ...(from.ipAddress !== undefined && { ipAddress: bounded(from.ipAddress) }),
    ...(from.userAgent !== undefined && { userAgent: bounded(from.userAgent) }),
  }
  return { session, token }
}

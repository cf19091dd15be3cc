import type { Instant } from '../ids.ts'

/** Long enough for a person to type a password, and a second factor, elsewhere. */
export const PENDING_LOGIN_LIFETIME_MS = 10 * 60_000

/** A sign-in that was sent to the identity provider and has not come back. It is used once: coming back removes it. */
export interface PendingLogin {
  /** SHA-256 of the state, hex: what lies in the database opens nothing. */
  readonly id: string
  readonly version: number
  /** The secret half of PKCE (RFC 7636). */
  readonly verifier: string
  readonly nonce: string
  /** Where the browser is sent when it is over: an address of the web origin. */
  readonly returnTo: string
  readonly createdAt: Instant
  readonly expiresAt: Instant
}

import type { CredentialId, Instant, NodeId } from '../ids.ts'

/** What a node shows to be known. It never expires; rotation revokes it. */
export interface Credential {
  readonly id: CredentialId
  readonly version: number
  readonly nodeId: NodeId
  /** SHA-256 of the token, hex. */
  readonly tokenHash: string
  /** Enough of the token to recognise it by. */
  readonly tokenPrefix: string
  readonly createdAt: Instant
  readonly revokedAt?: Instant
}

export const TOKEN_PREFIX_LENGTH = 24

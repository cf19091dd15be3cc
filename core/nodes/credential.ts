import type { CredentialId, Instant, NodeId } from '../ids.ts'
import type { Ids, Tokens } from '../ports/identity.ts'

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

const TOKEN_PREFIX_LENGTH = 24

/** What is needed to make one. */
export interface Issuing {
  readonly ids: Ids
  readonly tokens: Tokens
  readonly mark: { readonly at: Instant }
}

/** A new credential, with the token that is shown once and kept nowhere. */
export function issue(nodeId: NodeId, { ids, tokens, mark }: Issuing): { credential: Credential; token: string } {
  const { token, hash } = tokens.mint('rt_node_')
  const credential: Credential = {
    id: ids.uuid() as CredentialId,
    version: 0,
    nodeId,
    tokenHash: hash,
    tokenPrefix: token.slice(0, TOKEN_PREFIX_LENGTH),
    createdAt: mark.at,
  }
  return { credential, token }
}

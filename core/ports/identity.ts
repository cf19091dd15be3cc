import type { Claims } from '../access/oidc/claims.ts'
import type { Ticket } from '../access/ticket.ts'
import type { SealMark } from '../audit/seal.ts'
import type { Instant } from '../ids.ts'
import type { Result } from '../result.ts'

/** New names for new things. */
export interface Ids {
  uuid(): string
  /** Like a uuid, but later ones are greater. */
  ordered(): string
}

/** Tokens of value: shown once, kept as a hash. */
export interface Tokens {
  mint(prefix: string): { readonly token: string; readonly hash: string }
  /** SHA-256, hex. */
  hash(token: string): string
}

/** Argon2id, off the main thread. Both throw Busy where too many wait already. */
export interface Passwords {
  hash(password: string): Promise<string>
  /** Takes as long for no hash, or a broken one, as for a wrong password. */
  verify(hash: string | undefined, password: string, line: Line): Promise<boolean>
}

/** Where one waits to be verified: strangers do not take the places of those who are known. */
export type Line = 'known' | 'strangers'

/** Nothing was done, and soon it may be. */
export class Busy extends Error {
  override readonly name = 'Busy'
  readonly retryAfterSeconds = 1
}

/** Hashes, and signs with a key of its own, so that others can tell what it has seen. */
export interface Notary {
  /** SHA-256 of the public key, hex. */
  readonly keyId: string
  /** SubjectPublicKeyInfo, base64. */
  readonly publicKey: string
  /** SHA-256 of the text in UTF-8, hex. */
  hash(text: string): string
  /** The same of a text that comes in parts. */
  hashing(): Hashing
  /** Ed25519, base64. */
  sign(text: string): string
  /** The last seal that it knows to be stored. It is kept apart from the storage, which someone might make forget it. */
  lastSeal(): SealMark | undefined
  remember(mark: SealMark): Promise<void>
}

export interface Hashing {
  add(text: string): void
  /** Nothing can be added after it. */
  end(): string
}

/** Signs tickets, and knows its own again. */
export interface Tickets {
  sign(ticket: Ticket, until: Instant): Promise<string>
  /** Undefined for what has ended, was altered, or was signed by somebody else. */
  read(signed: string, now: Instant): Promise<Ticket | undefined>
}

/** Who knows people elsewhere, and vouches for them: OpenID Connect, by authorization code with PKCE. */
export interface IdentityProvider {
  readonly settings: ProviderSettings
  /** Where a browser is sent to sign in. */
  loginUrl(secrets: LoginSecrets): Promise<Result<string>>
  /** What the provider says of whoever came back with this query. A code is good for one exchange: it is not asked twice. */
  exchange(query: string, secrets: LoginSecrets): Promise<Result<Claims>>
  /** What the provider says of itself, asked for now. */
  discover(): Promise<Result<Discovered>>
}

/** What is set of it, and may be seen. The client's secret is not here. */
export interface ProviderSettings {
  readonly enabled: boolean
  /** Without a slash at its end, and so is where it sends browsers back to. */
  readonly issuer?: string
  readonly clientId?: string
  readonly redirectUri?: string
  readonly scopes: readonly string[]
}

/** Of one login: what ties its answer to the browser, to the exchange, and to the token. */
export interface LoginSecrets {
  readonly state: string
  readonly verifier: string
  readonly nonce: string
}

export interface Discovered {
  readonly issuer: string
  readonly authorizationEndpoint: string
  readonly tokenEndpoint: string
  readonly jwksUri: string
  readonly userinfoEndpoint?: string
}

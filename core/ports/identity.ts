import type { Ticket } from '../access/ticket.ts'
import type { Instant } from '../ids.ts'

/** New names for new things. */
export interface Ids {
  uuid(): string
  /** Like a uuid, but later ones are greater. */
  ordered(): string
}

/** Tokens of value: shown once, kept as a hash. */
export interface Tokens {
  mint(prefix: string): { readonly token: string; readonly hash: string }
}

/** Argon2id, off the main thread. */
export interface Passwords {
  hash(password: string): Promise<string>
  /** Takes as long for no hash, or a broken one, as for a wrong password. */
  verify(hash: string | undefined, password: string): Promise<boolean>
}

/** Signs tickets, and knows its own again. */
export interface Tickets {
  sign(ticket: Ticket, until: Instant): Promise<string>
  /** Undefined for what has ended, was altered, or was signed by somebody else. */
  read(signed: string, now: Instant): Promise<Ticket | undefined>
}

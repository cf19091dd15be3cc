import type { LoginThrottle } from './access/sign-in/login-throttle.ts'
import type { Folding } from './audit/folding.ts'
import type { Refusals } from './audit/refusals.ts'
import type { Instant } from './ids.ts'
import type { Live } from './live.ts'
import type { IdentityProvider, Ids, Notary, Passwords, Tickets, Tokens } from './ports/identity.ts'
import type { Media } from './ports/media.ts'
import type { Storage } from './ports/storage.ts'
import type { Settings } from './settings/settings.ts'

/** Everything the door needs of the world. */
export interface World {
  /** For what takes its time; a call has the moment of its own. */
  readonly now: () => Instant
  readonly live: Live
  readonly storage: Storage
  readonly media: Media
  readonly folding: Folding
  readonly refusals: Refusals
  readonly ids: Ids
  readonly tokens: Tokens
  readonly passwords: Passwords
  readonly tickets: Tickets
  readonly provider: IdentityProvider
  readonly logins: LoginThrottle
  readonly notary: Notary
  readonly settings: Settings
}

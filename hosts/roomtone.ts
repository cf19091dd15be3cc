import { type Handler, handlerFor } from '../adapters/http/handler.ts'
import { routesOf } from '../adapters/http/routes.ts'
import { ed25519Notary, freshSealKey } from '../adapters/identity/notary.ts'
import { oidcProvider } from '../adapters/identity/oidc.ts'
import { oidcSettings } from '../adapters/identity/oidc-settings.ts'
import { argonPasswords } from '../adapters/identity/passwords.ts'
import { jwtTickets, type TicketKey } from '../adapters/identity/tickets.ts'
import { hashToken, systemTokens } from '../adapters/identity/tokens.ts'
import { now as systemNow } from '../adapters/system/clock.ts'
import { systemIds } from '../adapters/system/ids.ts'
import { byteShelf } from '../adapters/system/shelf.ts'
import { LoginThrottle } from '../core/access/sign-in/login-throttle.ts'
import { bootstrapOwner, type NewOwner } from '../core/access/sign-in/operations.ts'
import { Folding } from '../core/audit/folding.ts'
import { Refusals } from '../core/audit/refusals.ts'
import { Live } from '../core/live.ts'
import { asked, systemCall } from '../core/operation.ts'
import { perform } from '../core/perform.ts'
import type { IdentityProvider, Ids, Notary, Passwords, Tokens } from '../core/ports/identity.ts'
import type { Media } from '../core/ports/media.ts'
import type { Listener, Storage } from '../core/ports/storage.ts'
import { leaseRunner } from '../core/runners/lease-runner.ts'
import { refusalRunner } from '../core/runners/refusal-runner.ts'
import { retentionRunner } from '../core/runners/retention-runner.ts'
import type { Runner } from '../core/runners/runner.ts'
import { sealRunner } from '../core/runners/seal-runner.ts'
import { sessionRunner } from '../core/runners/session-runner.ts'
import { thinningRunner } from '../core/runners/thinning-runner.ts'
import type { Settings } from '../core/settings/settings.ts'
import type { World } from '../core/world.ts'
import { version } from './version.ts'

/** What a controller is made of. Only the first five have to be given; the rest is the real world. */
export interface Parts {
  readonly storage: (listener: Listener) => Storage | Promise<Storage>
  readonly media: Media
  readonly owner: NewOwner
  readonly ticketKeys: readonly TicketKey[]
  readonly settings: Settings
  readonly webOrigin?: string
  readonly auditFolding?: boolean
  /** How often a sign-in may fail before it has to wait. */
  readonly loginFailuresFree?: number
  readonly addressOf?: (request: Request) => string | undefined
  readonly now?: () => number
  readonly ids?: Ids
  readonly tokens?: Tokens
  /** Without one the audit is sealed by a key that is gone with the process. */
  readonly notary?: Notary
  readonly passwords?: Passwords
  /** Absent: everybody signs in here. */
  readonly provider?: IdentityProvider
}

export interface Roomtone {
  readonly handler: Handler
  readonly world: World
  readonly runners: readonly Runner[]
  close(): Promise<void>
}

/** The composition root: parts in; routes that answer, and duties to be run, out. */
export async function roomtone(parts: Parts): Promise<Roomtone> {
  const live = new Live(byteShelf())
  const storage = await parts.storage(live)
  return assemble(parts, live, storage).catch(async (error) => {
    // Whoever tries again must find it free: of a data folder nobody may open two.
    await storage.close()
    throw error
  })
}

async function assemble(parts: Parts, live: Live, storage: Storage): Promise<Roomtone> {
  const now = parts.now ?? systemNow
  live.reloaded(await storage.load())

  const world: World = {
    now,
    live,
    storage,
    media: parts.media,
    folding: new Folding(parts.auditFolding),
    refusals: new Refusals(parts.auditFolding),
    ids: parts.ids ?? systemIds(now),
    tokens: parts.tokens ?? systemTokens,
    passwords: parts.passwords ?? argonPasswords(),
    tickets: jwtTickets(parts.ticketKeys),
    provider: parts.provider ?? oidcProvider(oidcSettings({ enabled: false }), now),
    logins: new LoginThrottle(parts.loginFailuresFree),
    notary: parts.notary ?? ed25519Notary(freshSealKey()),
    settings: parts.settings,
  }
  await perform(bootstrapOwner, systemCall('controller', now()), asked(parts.owner), world)

  const webOrigin = parts.webOrigin ?? 'http://localhost:5173'
  const handler = handlerFor({
    routes: routesOf({ startedAt: now(), version, webOrigin }),
    world,
    now,
    hashToken,
    webOrigin,
    addressOf: parts.addressOf ?? (() => undefined),
  })
  return {
    handler,
    world,
    runners: [leaseRunner, refusalRunner, retentionRunner, sealRunner, sessionRunner, thinningRunner],
    close: () => storage.close(),
  }
}

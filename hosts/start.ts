import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import process from 'node:process'
import { getLogger } from '@logtape/logtape'
import { clientAddress } from '../adapters/http/client-address.ts'
import { healthz } from '../adapters/http/probe-routes.ts'
import { unavailable } from '../adapters/http/reply.ts'
import { Turns } from '../adapters/http/turns.ts'
import { ed25519Notary } from '../adapters/identity/notary.ts'
import { oidcProvider } from '../adapters/identity/oidc.ts'
import { oidcSettings } from '../adapters/identity/oidc-settings.ts'
import type { TicketKey } from '../adapters/identity/tickets.ts'
import { ffmpegDecoder } from '../adapters/media/ffmpeg.ts'
import { now } from '../adapters/system/clock.ts'
import { Outage } from '../adapters/system/outage.ts'
import { readinessOf } from '../core/access/oidc/readiness.ts'
import type { IdentityProvider, Notary } from '../core/ports/identity.ts'
import type { Media } from '../core/ports/media.ts'
import { StorageUnavailable } from '../core/ports/storage.ts'
import type { RunnerName } from '../core/runners/runner.ts'
import { BadSetting, type Config, EX_CONFIG, help, readConfig } from './config.ts'
import { openDataFolder, ownerPassword, ownerPasswordPath } from './data-folder.ts'
import type { Guests } from './demo.ts'
import { type Fetch, mount } from './elysia.ts'
import { lastSealIn } from './last-seal.ts'
import { startLogging } from './log.ts'
import { type Roomtone, roomtone } from './roomtone.ts'
import { type Running, runLoop } from './run-loop.ts'
import { sealKey } from './seal-key.ts'
import { whenAskedToStop } from './signals.ts'
import { isLasting, storageFor } from './storage.ts'
import { ticketKeys } from './ticket-keys.ts'
import { version } from './version.ts'

/** What a runtime lends: a server. */
export interface Runtime {
  serve(
    answer: (request: Request) => Response | Promise<Response>,
    at: { readonly host: string; readonly port: number; readonly uploadBytesMax: number },
  ): Promise<Serving>
  /** Where a request came from, as the socket has it: to be asked for while that is there, if at all. */
  addressOf(request: Request): string | undefined
}

export interface Serving {
  /** The one it took, where it was free to choose. */
  readonly port: number
  /** Takes no more, and settles when what is under way is done, or cut off. */
  drain(): Promise<unknown>
  cut(): void
}

const RETRY_MS = 1_000
/** Nobody sets it: what was counted is told soon after its minute. */
const REFUSALS_TOLD_EVERY_MS = 10_000
const log = getLogger(['roomtone', 'host'])

/** A controller on some runtime, from its settings to its end. */
export async function start(runtime: Runtime): Promise<void> {
  if (process.argv.includes('--help')) return void process.stdout.write(help())
  await startLogging((line) => process.stderr.write(line))
  try {
    await (process.argv.includes('--demo') ? demonstrate(runtime) : serve(runtime, readConfig(process.env)))
  } catch (error) {
    if (!(error instanceof BadSetting)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exit(EX_CONFIG)
  }
}

/** Pretend recorders are no part of a controller: they are read in only where they are wanted. */
async function demonstrate(runtime: Runtime): Promise<void> {
  const demo = await import('./demo.ts')
  const failure = await demo.demonstrate(process.env, (settings, guests) =>
    serve(runtime, readConfig(settings), guests),
  )
  if (!failure) return
  process.stderr.write(`The demo failed: ${failure.message}\n`)
  process.exitCode = 1
}

async function serve(runtime: Runtime, config: Config, guests?: Guests): Promise<void> {
  const startedAt = now()
  const ending = whenAskedToStop()
  const dataDir = resolve(config.dataDir)
  const media = await openDataFolder(
    dataDir,
    ffmpegDecoder({ limitMs: decodingMsMax(config), searchPath: process.env['PATH'] ?? '' }),
  )
  const keys = await ticketKeys(dataDir, config.secretKey, startedAt)
  const register = isLasting(config) ? await lastSealIn(dataDir) : undefined
  const notary = ed25519Notary(await sealKey(dataDir, config.auditSealKey), register)
  const make = maker({ ...config, dataDir }, media, keys, notary, runtime.addressOf)

  // A database that is away at the start is waited for like one that goes away later: the process serves, and says 503.
  let fetch: Fetch = (request) => (isHealthz(request) ? healthz({ startedAt, version }) : notYet())
  const serving = await listen(runtime, config, (request) => fetch(request), guests?.anyPort)
  const first = await make().catch(outage)
  if (first) fetch = mount(first.handler)
  process.stdout.write(`Roomtone ${version} on ${urlOf(config.host, serving.port)}\n`)

  const room = first ?? (await untilOpen(make, ending))
  if (room) fetch = mount(room.handler)
  const path = ownerPasswordPath(dataDir)
  if (room && existsSync(path)) process.stdout.write(`The password of ${config.ownerEmail} is in ${path}\n`)
  const loop = room && runLoop(room.world, room.runners, intervalsOf(config))
  const visit = room && guests?.visit({ fetch, url: urlOf(config.host, serving.port), config: { ...config, dataDir } })
  await Promise.race([ending, visit?.over ?? ending])
  visit?.leave()
  await visit?.over
  await stop(serving, config.drainSeconds, loop, room)
}

const DECODING_MS_MAX = 15_000

/** While a file is decoded nothing arrives that holds a lease, and of that a third may be gone by then. */
const decodingMsMax = ({ leaseSeconds }: Config) => Math.min(DECODING_MS_MAX, (leaseSeconds * 1000) / 3)

const A_DAY_MS = 24 * 60 * 60_000

/** Opens the storage that is set, and makes a controller over it; to be tried again for as long as the storage is away. */
function maker(
  config: Config,
  media: Media,
  keys: readonly TicketKey[],
  notary: Notary,
  addressOf: Runtime['addressOf'],
): () => Promise<Roomtone> {
  const { captureSeconds, adhocChunkSeconds, offlineAfterSeconds, uploadBytesMax, webOrigin } = config
  const leaseMs = config.leaseSeconds * 1000
  const thinning = config.auditThinAfterDays > 0 && { auditThinAfterMs: config.auditThinAfterDays * A_DAY_MS }
  const password = () => ownerPassword(config.dataDir, config.ownerPassword)
  const parts = {
    storage: storageFor(config),
    media,
    owner: { email: config.ownerEmail, name: 'Owner', password },
    ticketKeys: keys,
    notary,
    settings: { leaseMs, offlineAfterSeconds, captureSeconds, adhocChunkSeconds, uploadBytesMax, ...thinning },
    webOrigin,
    provider: providerOf(config),
    auditFolding: config.auditFolding === 'on',
    loginFailuresFree: config.loginFailuresFree,
    addressOf: (request: Request) =>
      clientAddress(addressOf(request), request.headers.get('x-forwarded-for'), config.trustedProxies ?? []),
  }
  return () => roomtone(parts)
}

function providerOf(config: Config): IdentityProvider {
  const provider = oidcProvider(
    oidcSettings({
      enabled: config.oidcEnabled,
      issuer: config.oidcIssuer,
      tenantId: config.oidcTenantId,
      clientId: config.oidcClientId,
      clientSecret: config.oidcClientSecret,
      redirectUri: config.oidcRedirectUri,
      scopes: config.oidcScopes,
      allowInsecure: config.oidcAllowInsecure,
    }),
    now,
  )
  const { missingFields } = readinessOf(provider.settings)
  if (missingFields.length > 0) log.warn('nobody can sign in with OpenID Connect: {missingFields}', { missingFields })
  return provider
}

async function listen(
  runtime: Runtime,
  { host, port, uploadBytesMax }: Config,
  fetch: Fetch,
  anyPort = false,
): Promise<Serving> {
  const at = { host, port, uploadBytesMax }
  const serving = runtime.serve(fetch, at)
  return (anyPort ? serving.catch(() => runtime.serve(fetch, { ...at, port: 0 })) : serving).catch((error: Error) => {
    throw new BadSetting(`PORT ${port} on ${host} cannot be served: ${error.message}`)
  })
}

const urlOf = (host: string, port: number) => `http://${host.includes(':') ? `[${host}]` : host}:${port}`

/** How often each duty is done, by its name. */
const intervalsOf = (config: Config): Readonly<Record<RunnerName, number>> => ({
  lease: config.leaseInterval * 1000,
  refusal: REFUSALS_TOLD_EVERY_MS,
  retention: config.retentionInterval * 1000,
  seal: config.sealInterval * 1000,
  session: config.sessionInterval * 1000,
  thinning: config.retentionInterval * 1000,
})

const isHealthz = (request: Request) => new URL(request.url).pathname === '/healthz'
const turns = new Turns()
const notYet = () => unavailable('database_unavailable', turns.next(now()))

async function untilOpen(make: () => Promise<Roomtone>, ending: Promise<void>): Promise<Roomtone | undefined> {
  let over = false
  void ending.then(() => (over = true))
  while (!over) {
    await Promise.race([new Promise((next) => setTimeout(next, RETRY_MS)), ending])
    const room = over ? undefined : await make().catch(outage)
    if (room) return room
  }
  return undefined
}

const starting = new Outage(log, now)

/** Not being there is waited for; anything else is a fault of the settings or ours. */
function outage(error: unknown): undefined {
  if (!(error instanceof StorageUnavailable)) throw error
  starting.met(error)
}

/** In this order nothing is cut off that was taken on: requests, then duties, then the storage. */
async function stop(
  serving: Serving,
  drainSeconds: number,
  loop: Running | undefined,
  room: Roomtone | undefined,
): Promise<void> {
  const late = setTimeout(() => serving.cut(), drainSeconds * 1000)
  await serving.drain()
  clearTimeout(late)
  await loop?.stop()
  await room?.close()
  log.info('stopped')
}

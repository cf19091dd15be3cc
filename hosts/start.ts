import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { getLogger } from '@logtape/logtape'
import { healthz } from '../adapters/http/probe-routes.ts'
import { json } from '../adapters/http/reply.ts'
import { diskMedia } from '../adapters/media/disk.ts'
import { now } from '../adapters/system/clock.ts'
import { StorageUnavailable } from '../core/ports/storage.ts'
import type { RunnerName } from '../core/runners/runner.ts'
import { BadSetting, type Config, EX_CONFIG, help, readConfig } from './config.ts'
import { ownerPassword, ownerPasswordPath, prepareDataFolder } from './data-folder.ts'
import { type Fetch, mount } from './elysia.ts'
import { startLogging } from './log.ts'
import { type Roomtone, roomtone } from './roomtone.ts'
import { type Running, runLoop } from './run-loop.ts'
import { storageFor } from './storage.ts'
import { version } from './version.ts'

/** What a runtime lends: a server for `fetch`, which says where it serves and how to stop taking requests. */
export interface Runtime {
  /** Fills in where a request came from, as the socket has it. */
  serve(
    fetch: Fetch,
    at: { readonly host: string; readonly port: number; readonly uploadBytesMax: number },
  ): Promise<Serving>
  addressOf(request: Request): string | undefined
}

export interface Serving {
  readonly url: string
  /** Takes no more, waits for what is under way, and after the deadline no longer. */
  stop(deadlineMs: number): Promise<void>
}

const DRAIN_MS = 10_000
const RETRY_MS = 1_000
const log = getLogger(['roomtone', 'host'])

/** A controller on some runtime, from its settings to its end. */
export async function start(runtime: Runtime): Promise<void> {
  if (process.argv.includes('--help')) return void process.stdout.write(help())
  await startLogging((line) => process.stderr.write(line))
  try {
    await serve(runtime, readConfig(process.env))
  } catch (error) {
    if (!(error instanceof BadSetting)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exit(EX_CONFIG)
  }
}

async function serve(runtime: Runtime, config: Config): Promise<void> {
  const startedAt = now()
  const dataDir = resolve(config.dataDir)
  await prepareDataFolder(dataDir)
  const open = storageFor({ ...config, dataDir })
  const media = await diskMedia(join(dataDir, 'audio'))
  const { uploadBytesMax, captureSeconds, offlineAfterSeconds } = config
  const settings = { leaseMs: config.leaseSeconds * 1000, offlineAfterSeconds, captureSeconds, uploadBytesMax }
  const password = () => ownerPassword(dataDir, config.ownerPassword)
  const owner = { email: config.ownerEmail, name: 'Owner', password }
  const { webOrigin, auditFolding } = config
  const { addressOf } = runtime

  let fetch: Fetch = (request) => (isHealthz(request) ? healthz({ startedAt, version }) : notYet())
  const make = () =>
    roomtone({ storage: open, media, owner, settings, webOrigin, auditFolding: auditFolding === 'on', addressOf })
  // A database that is away at the start is waited for like one that goes away later: the process serves, and says 503.
  const first = await make().catch(outage)
  if (first) fetch = mount(first.handler)
  const serving = await runtime.serve((request) => fetch(request), {
    host: config.host,
    port: config.port,
    uploadBytesMax,
  })
  process.stdout.write(`Roomtone ${version} on ${serving.url}\n`)
  const path = ownerPasswordPath(dataDir)
  if (existsSync(path)) process.stdout.write(`The password of ${config.ownerEmail} is in ${path}\n`)

  const ending = whenAskedToStop()
  const room = first ?? (await untilOpen(make, ending))
  if (room) fetch = mount(room.handler)
  const loop = room && runLoop(room.world, room.runners, intervalsOf(config))
  await ending
  await stop(serving, loop, room)
}

/** How often each duty is done, by its name. */
const intervalsOf = ({ leaseInterval }: Config): Readonly<Record<RunnerName, number>> => ({
  lease: leaseInterval * 1000,
})

const isHealthz = (request: Request) => new URL(request.url).pathname === '/healthz'
const notYet = () => json({ error: 'Service temporarily unavailable', reason: 'database_unavailable' }, 503)

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

/** Not being there is waited for; anything else is a fault of the settings or ours. */
function outage(error: unknown): undefined {
  if (!(error instanceof StorageUnavailable)) throw error
  log.warn('the database is out of reach: {reason}', { reason: String(error.cause ?? error) })
}

const whenAskedToStop = (): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve())
  })

/** In this order nothing is cut off that was taken on: requests, then duties, then the storage. */
async function stop(serving: Serving, loop: Running | undefined, room: Roomtone | undefined): Promise<void> {
  await serving.stop(DRAIN_MS)
  await loop?.stop()
  await room?.close()
  log.info('stopped')
}

import { resolve } from 'node:path'
import { performance } from 'node:perf_hooks'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Account, takeFolder } from './account.ts'
import { type Binaries, findBinaries } from './binaries.ts'
import { type Cluster, dataFolder, NAME, openCluster, sweepLeftovers } from './cluster.ts'
import { answers, dropStaleLocks, readLock } from './lock.ts'
import { CannotManage } from './refusal.ts'
import { PORT, settingArguments } from './settings.ts'
import { type Watched, watchOver } from './watchdog.ts'

export interface ManagedOptions {
  /** A folder of PostgreSQL's own, made if need be. Its parent stays the host's. */
  readonly dir: string
  /** Who runs the server when the host is root and the folder is new. */
  readonly account?: string
  readonly settings?: Readonly<Record<string, string>>
  /** How long another server may take to leave the folder, such as that of a host that was just killed. */
  readonly waitMs?: number
  /** What an operator should know of. */
  readonly log?: (line: string) => void
  /** Whatever the server itself says. */
  readonly serverLog?: (line: string) => void
  /** The server ended and nobody had asked for it: it may be started again. */
  readonly onExit?: (how: unknown) => void
}

export interface ManagedPostgres {
  readonly pid: number
  /** What postgres.js takes; `host` is the folder of the socket. The same after every start on this folder. */
  readonly connection: {
    readonly host: string
    readonly port: number
    readonly user: string
    readonly password: string
    readonly database: string
  }
  /** Fast shutdown; end the pool first. Safe to call twice, and on a server that is gone. */
  stop(): Promise<void>
}

/** Starts the one server of this folder, and makes the database at the first start. Says no with CannotManage. */
export async function startManaged(options: ManagedOptions): Promise<ManagedPostgres> {
  const dir = resolve(options.dir)
  refuseLongPath(dir)
  const account = await takeFolder(dir, options)
  const binaries = await findBinaries(dir, account)
  const cluster = await openCluster(dir, binaries, account)
  const server = await launch({ ...options, dir }, { account, binaries, cluster })
  await sweepLeftovers(dir).catch((error) => options.log?.(`leftovers stay in ${dir}: ${String(error)}`))
  return managed(server, cluster, options.onExit)
}

interface Prepared {
  readonly account: Account
  readonly binaries: Binaries
  readonly cluster: Cluster
}

const LOOK_AGAIN_MS = 200

/** Only PostgreSQL's own lock decides who gets the folder; what stands before it saves a futile start. */
async function launch(options: ManagedOptions, { account, binaries, cluster: { data } }: Prepared): Promise<Watched> {
  const { dir, waitMs = 15_000, serverLog } = options
  const args = ['-D', data, ...settingArguments(options.settings)]
  const until = performance.now() + waitMs
  for (let why = 'it was not asked'; ; await sleep(LOOK_AGAIN_MS)) {
    if (performance.now() > until) throw await inUse(dir, why)
    if (await answers(data)) {
      why = 'its socket answers'
      continue
    }
    await dropStaleLocks(data)
    const server = watchOver(binaries.postgres, args, { ...account, cwd: dir, log: serverLog })
    await readyOrGone(server, data)
    if (!server.gone()) return server

    why = await server.lastWords()
    // The server of a dead host on its way down, or a second host: either shows with time.
    if (!/lock file .* (already exists|is empty)|still in use/.test(why)) {
      throw new CannotManage(`PostgreSQL did not start in ${dir}: ${why}`)
    }
  }
}

const POLL_MS = 10

/** Without a deadline: recovery after a crash takes as long as it takes, and cut short it would begin again. */
async function readyOrGone(server: Watched, data: string): Promise<void> {
  try {
    while (!server.gone()) {
      const lock = await readLock(data)
      if (lock?.ready && lock.pid === server.pid()) return
      await Promise.race([sleep(POLL_MS), server.exit])
    }
  } catch (error) {
    // Out of file descriptors, say: a server nobody knows of would bar every later start.
    server.close()
    throw error
  }
}

const STOP_PATIENCE_MS = 10_000

function managed(server: Watched, { data, password }: Cluster, onExit?: (how: unknown) => void): ManagedPostgres {
  let stopping = false
  server.exit.then((how) => {
    if (!stopping) onExit?.(how)
  })
  return {
    pid: server.pid(),
    connection: { host: data, port: PORT, user: NAME, password, database: NAME },
    async stop() {
      stopping = true
      server.close()
      // What does not end when asked ends at once, and the next start recovers.
      const late = setTimeout(() => quit(server.pid()), STOP_PATIENCE_MS)
      await server.exit
      clearTimeout(late)
    },
  }
}

function quit(pid: number): void {
  try {
    process.kill(pid, 'SIGQUIT')
  } catch {
    // It ended in this very moment.
  }
}

async function inUse(dir: string, why: string): Promise<CannotManage> {
  const holder = (await readLock(dataFolder(dir)))?.pid ?? 'unknown'
  return new CannotManage(
    `${dir} is in use by another host or by a stray PostgreSQL (pid ${holder}; ${why}): stop that one, or choose another data folder`,
  )
}

const DATA_PATH_BYTES_MAX = 85

/** A socket's path may have 103 bytes on macOS and 107 on Linux, and its own name takes a part. */
function refuseLongPath(dir: string): void {
  const sizeBytes = new TextEncoder().encode(dataFolder(dir)).length
  if (sizeBytes <= DATA_PATH_BYTES_MAX) return
  throw new CannotManage(
    `${dir} is ${sizeBytes - DATA_PATH_BYTES_MAX} bytes too long for the path of a Unix socket: choose a shorter data folder`,
  )
}

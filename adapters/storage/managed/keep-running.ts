import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ManagedOptions, type ManagedPostgres, startManaged } from './start.ts'

/** `connection` outlives every restart, so one pool may be kept as well. */
export type KeptPostgres = Pick<ManagedPostgres, 'connection' | 'stop'>

/** Starts the server, and starts it again whenever it ends unasked, until `stop`. Only a first start that fails is thrown. */
export async function keepRunning(options: ManagedOptions): Promise<KeptPostgres> {
  const stopping = new AbortController()
  const first = await start(options)
  const tended = tend(first, options, stopping.signal)
  return {
    connection: first.server.connection,
    stop() {
      stopping.abort()
      return tended
    },
  }
}

interface Started {
  readonly server: ManagedPostgres
  readonly exit: Promise<unknown>
}

/** The only one to start and stop, so that the two cannot cross: it ends with no server left. */
async function tend(first: Started, options: ManagedOptions, stopping: AbortSignal): Promise<void> {
  const asked = new Promise((done) => stopping.addEventListener('abort', done, { once: true }))
  let delayMs = DELAY_MIN_MS
  let started: Started | undefined = first
  while (!stopping.aborted) {
    const beganAt = performance.now()
    if (started) await Promise.race([started.exit, asked])
    if (stopping.aborted) break

    // A server that falls over again and again is not helped by haste.
    if (performance.now() - beganAt > STEADY_MS) delayMs = DELAY_MIN_MS
    await sleep(delayMs, undefined, { signal: stopping }).catch(() => {})
    delayMs = Math.min(delayMs * 2, DELAY_MAX_MS)
    if (stopping.aborted) break
    started = await start(options).catch((error) => {
      options.log?.(`PostgreSQL is still down: ${error instanceof Error ? error.message : String(error)}`)
      return undefined
    })
  }
  await started?.server.stop()
}

const DELAY_MIN_MS = 100
const DELAY_MAX_MS = 5_000
const STEADY_MS = 30_000

async function start(options: ManagedOptions): Promise<Started> {
  let tell: (how: unknown) => void = () => {}
  const exit = new Promise<unknown>((done) => {
    tell = done
  })
  const server = await startManaged({
    ...options,
    onExit(how) {
      options.onExit?.(how)
      tell(how)
    },
  })
  return { server, exit }
}

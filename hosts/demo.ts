import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { now } from '../adapters/system/clock.ts'
import { demo } from '../agent-sim/demo/demo.ts'
import { clockOf } from '../agent-sim/run.ts'
import type { Config } from './config.ts'
import { ownerPassword } from './data-folder.ts'
import type { Fetch } from './elysia.ts'
import { startLogging } from './log.ts'

const CAPTURE_SECONDS = '10'
const LINES_HELD_MAX = 1000

/** A controller that serves, seen from within its process. */
export interface Served {
  readonly fetch: Fetch
  readonly url: string
  readonly config: Config
}

/** Who comes to a controller in its own process. */
export interface Guests {
  /** Another port will do where the usual one is taken. */
  readonly anyPort: boolean
  visit(served: Served): Visit
}

export interface Visit {
  /** Settles when no more calls are under way, whether they were asked to leave or leave by themselves. */
  readonly over: Promise<void>
  leave(): void
}

type Settings = Readonly<Record<string, string | undefined>>

/**
 * A controller with a small fleet in it, which comes in by the door that everyone uses, though without a socket. Whatever is
 * set, nothing of it reaches an installation that is in use. What went wrong with the fleet is returned.
 */
export async function demonstrate(
  environment: Settings,
  serve: (settings: Settings, guests: Guests) => Promise<void>,
): Promise<Error | undefined> {
  const stop = new AbortController()
  // Whoever reads no further, or closes the terminal, has seen enough.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => stop.abort())
  let failure: Error | undefined
  const visit = (served: Served): Visit => ({
    over: show(served, stop).catch((error: Error) => {
      failure = error
    }),
    leave: () => stop.abort(),
  })

  const dataDir = await mkdtemp(join(tmpdir(), 'roomtone-demo-'))
  const apart = { DATABASE_URL: undefined, ROOMTONE_STORAGE: 'memory', ROOMTONE_DATA_DIR: dataDir }
  try {
    const settings = { ROOMTONE_CAPTURE_SECONDS: CAPTURE_SECONDS, ...environment, ...apart }
    await serve(settings, { anyPort: !environment['PORT']?.trim(), visit })
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
  return failure
}

async function show({ fetch, url, config }: Served, stop: AbortController): Promise<void> {
  const password = await ownerPassword(config.dataDir, config.ownerPassword)
  const owner = { email: config.ownerEmail, password }
  const passwordSaid = config.ownerPassword === undefined ? password : 'that you have set'
  const screen = process.stdout.isTTY ? process.stdout : undefined
  const { captureSeconds } = config
  await withLogHeld(screen, () =>
    demo({ fetch, url, owner, passwordSaid, captureSeconds, clock: clockOf(now), screen, stop }),
  )
}

/** A line of the log would tear the picture, so it is given out when that is gone. */
async function withLogHeld(screen: unknown, work: () => Promise<void>): Promise<void> {
  if (!screen || !process.stderr.isTTY) return work()
  let held: readonly string[] = []
  await startLogging((line) => {
    held = [...held, line].slice(-LINES_HELD_MAX)
  })
  await work().finally(async () => {
    for (const line of held) process.stderr.write(line)
    await startLogging((line) => process.stderr.write(line))
  })
}

import { mkdir, watch } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { databasePid, type HostProcess, isAlive, TestHosts } from '../../hosts/process/testing-process.ts'
import { systemClock } from './clock.ts'
import type { Ledger } from './ledger.ts'
import { CAPTURE_SECONDS, CHUNK_SECONDS } from './plan.ts'

export const PASSWORD = 'a password for the soak'

const settings = {
  ROOMTONE_OWNER_PASSWORD: PASSWORD,
  ROOMTONE_CAPTURE_SECONDS: `${CAPTURE_SECONDS}`,
  ROOMTONE_ADHOC_CHUNK_SECONDS: `${CHUNK_SECONDS}`,
  ROOMTONE_JOB_LEASE_SECONDS: '2',
  ROOMTONE_LEASE_INTERVAL_SECONDS: '1',
  // So that each acknowledged beat can be looked for.
  ROOMTONE_AUDIT_FOLDING: 'off',
}

/** One data folder, and whichever process serves it. */
export class Controller {
  readonly folder: string
  readonly #hosts: TestHosts
  readonly #ledger: Ledger
  readonly #databaseUrl: string | undefined
  #host: HostProcess | undefined
  readonly #words: Promise<string>[] = []

  private constructor(hosts: TestHosts, folder: string, ledger: Ledger, databaseUrl: string | undefined) {
    this.#hosts = hosts
    this.folder = folder
    this.#ledger = ledger
    this.#databaseUrl = databaseUrl
  }

  static async make(ledger: Ledger, databaseUrl: string | undefined): Promise<Controller> {
    const hosts = new TestHosts()
    return new Controller(hosts, await hosts.folder(), ledger, databaseUrl)
  }

  get audioFolder(): string {
    return join(this.folder, 'data/audio')
  }

  /** A process, of which nothing can be said yet. */
  start(): void {
    const host = this.#hosts.start(this.folder, {
      ...settings,
      ...(this.#databaseUrl && { DATABASE_URL: this.#databaseUrl }),
    })
    this.#host = host
    this.#words.push(host.ended.then(({ errors }) => errors))
    void host.ready.then(
      (url) => {
        if (this.#host === host) this.#ledger.origin = url
      },
      () => undefined,
    )
  }

  /** Settles when it serves, and its database answers. */
  ready(): Promise<void> {
    return healed(async () => {
      const url = this.#ledger.origin
      if (url === undefined) return false
      const probe = fetch(`${url}/readyz`, { signal: AbortSignal.timeout(HEALING_MS_MAX) })
      return (await probe.catch(() => undefined))?.status === 200
    })
  }

  /** Settles when audio is being given its place for the n-th time from now on. Its row comes a little later. */
  async filing(count: number, over: AbortSignal): Promise<void> {
    const places = join(this.audioFolder, 'ad-hoc')
    await mkdir(places, { recursive: true, mode: 0o700 })
    let left = count
    for await (const _ of watch(places, { signal: over })) if (--left === 0) return
  }

  async killHost(awayMs: number): Promise<void> {
    const host = this.#host
    this.#host = undefined
    host?.kill('SIGKILL')
    // What it leaves behind, its database on the way down, is for the next one to cope with.
    await healed(() => !isAlive(host?.pid))
    this.#ledger.origin = undefined
    await sleep(awayMs)
    this.start()
  }

  /** The host is left to help itself. */
  async killDatabase(): Promise<void> {
    const found = () => databasePid(this.folder)
    await healed(() => isAlive(found()))
    const killed = found()
    if (killed !== undefined) process.kill(killed, 'SIGKILL')
    await healed(() => found() !== killed && isAlive(found()))
  }

  async stop(): Promise<void> {
    this.#host?.kill()
    await this.#host?.ended
  }

  /** What its processes had to say, once all have ended. */
  async words(): Promise<string> {
    return (await Promise.all(this.#words)).join('--- and then\n')
  }

  end(): Promise<void> {
    return this.#hosts.clear()
  }
}

const HEALING_MS_MAX = 60_000

async function healed(holds: () => boolean | Promise<boolean>): Promise<void> {
  const untilMs = systemClock.nowMs() + HEALING_MS_MAX
  while (!(await holds())) {
    if (systemClock.nowMs() > untilMs) throw new Error('it has not healed within a minute')
    await sleep(20)
  }
}

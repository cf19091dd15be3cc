import { chmodSync, mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Served, serve } from './process.ts'
import { commandOf, type Runtime, root } from './runtimes.ts'

/** Of an owner. */
export interface Account {
  readonly email: string
  readonly password: string
}

export const ACCOUNT: Account = { email: 'owner@roomtone.local', password: 'a password for the bench' }

/** A host of ours on its default storage, on a port of loopback, in a folder that goes when it is no longer wanted. */
export class Controller {
  readonly folder: string
  /** The same after each start. */
  readonly url: string
  readonly #command: readonly string[]
  readonly #env: Readonly<Record<string, string>>
  #served: Served | undefined

  private constructor(command: readonly string[], port: number, env: Readonly<Record<string, string>>) {
    this.folder = mkdtempSync(join(tmpdir(), 'roomtone-bench-'))
    // The database may run under another account, which has to pass through.
    chmodSync(this.folder, 0o711)
    this.url = `http://127.0.0.1:${port}`
    this.#command = command
    this.#env = {
      ...env,
      PORT: `${port}`,
      ROOMTONE_HOST: '127.0.0.1',
      ROOMTONE_STORAGE: 'embedded',
      ROOMTONE_DATA_DIR: join(this.folder, 'data'),
      ROOMTONE_OWNER_EMAIL: ACCOUNT.email,
      ROOMTONE_OWNER_PASSWORD: ACCOUNT.password,
    }
  }

  /** What is to be loaded before it is something of Bun's. */
  static async make(runtime: Runtime, env: Readonly<Record<string, string>>, preload?: string): Promise<Controller> {
    const [program = '', ...words] = await commandOf(runtime)
    return new Controller([program, ...(preload ? ['--preload', preload] : []), ...words], await freePort(), env)
  }

  get pid(): number {
    if (!this.#served) throw new Error('the controller is not running')
    return this.#served.pid
  }

  /** Nothing is known of it yet but its process id. */
  begin(): void {
    this.#served = serve(this.#command, root, this.#env)
  }

  async start(): Promise<void> {
    this.begin()
    await this.#served?.url
    await this.ready()
  }

  /** Settles when its database answers. */
  async ready(): Promise<void> {
    const isReady = async () => (await fetch(`${this.url}/readyz`).catch(() => undefined))?.ok
    while (!(await isReady())) await Bun.sleep(20)
  }

  async stop(): Promise<void> {
    await this.#served?.stop()
    this.#served = undefined
  }

  /** Without a word of warning. What it was doing is left as it was. */
  async kill(): Promise<void> {
    process.kill(this.pid, 'SIGKILL')
    await this.stop()
  }

  async clear(): Promise<void> {
    await this.stop()
    await rm(this.folder, { recursive: true, force: true })
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

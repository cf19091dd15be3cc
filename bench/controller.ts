import { chmodSync, mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { serve } from './process.ts'

/** A controller to be measured: our own host on its default storage, or any of this contract that is given. */
export interface Controller {
  /** Absent for one that runs elsewhere: its CPU cannot be accounted for. */
  readonly pid?: number
  readonly url: Promise<string>
  /** Of an owner. */
  readonly account: Account
  stop(): Promise<void>
}

export interface Account {
  readonly email: string
  readonly password: string
}

const root = resolve(import.meta.dir, '..')

/** On a free port of loopback, in a folder that goes when it stops. */
export function ownController(env: Readonly<Record<string, string>>): Controller {
  const folder = mkdtempSync(join(tmpdir(), 'roomtone-bench-'))
  // The database may run under another account, which has to pass through.
  chmodSync(folder, 0o711)
  const account = { email: 'owner@roomtone.local', password: 'a password for the bench' }
  const { pid, url, stop } = serve([process.execPath, join(root, 'hosts/bun/main.ts')], root, {
    ...env,
    PORT: '0',
    ROOMTONE_HOST: '127.0.0.1',
    ROOMTONE_STORAGE: 'embedded',
    ROOMTONE_DATA_DIR: join(folder, 'data'),
    ROOMTONE_OWNER_EMAIL: account.email,
    ROOMTONE_OWNER_PASSWORD: account.password,
  })
  return {
    pid,
    url,
    account,
    async stop() {
      await stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export const givenController = (url: string, account: Account): Controller => ({
  url: Promise.resolve(url.replace(/\/+$/, '')),
  account,
  stop: async () => {},
})

import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Target } from './payloads.ts'
import { type Served, serve } from './process.ts'

/** A controller to be measured: our own host on its default storage, or any of this contract that is given. */
export interface Controller {
  readonly url: string
  /** Absent for one that runs elsewhere: its CPU cannot be accounted for. */
  readonly pid?: number
  enrol(count: number): Promise<readonly Target[]>
  stop(): Promise<void>
}

export interface Account {
  readonly email: string
  readonly password: string
}

const root = resolve(import.meta.dir, '..')
const ENROLLED_AT_ONCE = 16

export async function ownController(env: Readonly<Record<string, string>>): Promise<Controller> {
  const folder = await mkdtemp(join(tmpdir(), 'roomtone-bench-'))
  // The database may run under another account, which has to pass through.
  await chmod(folder, 0o711)
  const account = { email: 'owner@roomtone.local', password: 'a password for the bench' }
  const settings = { PORT: '0', ROOMTONE_DATA_DIR: join(folder, 'data'), ROOMTONE_OWNER_PASSWORD: account.password }
  const host: Served = await serve([process.execPath, join(root, 'hosts/bun/main.ts')], root, { ...env, ...settings })
  return {
    url: host.url,
    pid: host.pid,
    enrol: enroller(host.url, account),
    async stop() {
      await host.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export const givenController = (url: string, account: Account): Controller => ({
  url,
  enrol: enroller(url, account),
  stop: async () => {},
})

function enroller(url: string, account: Account): Controller['enrol'] {
  const post = async (path: string, body: object, token?: string) => {
    const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }
    const answer = await fetch(`${url}/api/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
    if (!answer.ok) throw new Error(`POST ${path}: ${answer.status} ${await answer.text()}`)
    return (await answer.json()).data
  }
  return async (count) => {
    const { token } = await post('/auth/login', account)
    const targets: Target[] = []
    while (targets.length < count) {
      const several = Array.from({ length: Math.min(ENROLLED_AT_ONCE, count - targets.length) }, async (_, i) => {
        const alias = `Bench ${targets.length + i + 1}`
        const location = { site: 'Bench', room: `Room ${i + 1}` }
        const { credential } = await post(
          '/nodes/enroll',
          { alias, hostname: 'recorder-01', location, interfaces: [device] },
          token,
        )
        return { nodeId: credential.nodeId, token: credential.token }
      })
      targets.push(...(await Promise.all(several)))
    }
    return targets
  }
}

const device = {
  alias: 'Ceiling array',
  backend: 'alsa',
  channelCount: 8,
  systemName: 'USB Audio Array',
  systemRef: 'alsa:hw:1,0',
  sampleRates: [48000],
}

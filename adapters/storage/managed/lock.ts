import { rm, stat } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { runAs } from './account.ts'
import { readIfThere } from './cluster.ts'
import { PORT } from './settings.ts'

export interface Lock {
  readonly pid: number
  readonly ready: boolean
}

/** Who holds the data folder: PostgreSQL writes its pid first and, once it takes connections, `ready`. */
export async function readLock(data: string): Promise<Lock | undefined> {
  const lines = (await readIfThere(join(data, 'postmaster.pid')))?.split('\n')
  const pid = Number(lines?.[0])
  return pid ? { pid: Math.abs(pid), ready: lines?.[7]?.trim() === 'ready' } : undefined
}

/** The one sign that also shows a server in another container, whose pids mean nothing here. */
export function answers(data: string): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect({ path: join(data, SOCKET) })
    socket.on('connect', () => {
      socket.destroy()
      done(true)
    })
    socket.on('error', () => done(false))
  })
}

/** After a power cut the pids in the lock files may be any program's, and PostgreSQL would respect that one for ever. */
export async function dropStaleLocks(data: string): Promise<void> {
  for (const name of ['postmaster.pid', `${SOCKET}.lock`]) {
    const path = join(data, name)
    if (await isStale(path, data)) await rm(path, { force: true })
  }
}

const SOCKET = `.s.PGSQL.${PORT}`

/** A writer fills the file in the moment it makes it: one that stays empty was cut off. */
const WRITTEN_WITHIN_MS = 200

async function isStale(path: string, data: string): Promise<boolean> {
  const content = await readIfThere(path)
  if (content === undefined) return false
  if (content === '') {
    await sleep(WRITTEN_WITHIN_MS)
    return (await readIfThere(path)) === ''
  }
  const pid = Math.abs(Number.parseInt(content, 10))
  return pid > 0 && (await isStranger(pid, data))
}

/** Whether the pid is alive and not the server of this folder. The dead are left to PostgreSQL: it looks for their children. */
async function isStranger(pid: number, data: string): Promise<boolean> {
  const [, name, state] = (await readIfThere(`/proc/${pid}/stat`))?.match(/\((.*)\) (\w)/s) ?? []
  // Below a first process that reaps nobody a dead server keeps its pid, and counts as alive.
  if (state === 'Z') return true

  // A server works in its data folder; the name alone would be fooled by the machine's own PostgreSQL.
  const [there, here] = await Promise.all([stat(`/proc/${pid}/cwd`).catch(() => undefined), stat(data)])
  if (there) return there.ino !== here.ino || there.dev !== here.dev

  const program = name ?? (await runAs({}, 'ps', ['-o', 'comm=', '-p', String(pid)])).stdout.trim()
  return program !== '' && !program.includes('postgres')
}

import { readFileSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { RawUpload } from './testing-upload.ts'

export interface Ended {
  readonly status: number | null
  readonly output: string
  readonly errors: string
}

/** A host as its own process, on a free loopback port. It is ended by its process id, and by nothing else. */
export interface HostProcess {
  readonly pid: number
  /** Where it serves, once it says so. Rejects with what it said when it ends before. */
  readonly ready: Promise<string>
  readonly ended: Promise<Ended>
  /** What it has put out so far. */
  output(): string
  kill(signal?: NodeJS.Signals): void
}

const root = resolve(import.meta.dir, '../..')
export const bunHost: readonly string[] = [process.execPath, join(root, 'hosts/bun/main.ts')]

/** Hosts and folders of one test file; `clear` ends and removes what each test made, what was made last first. */
export class TestHosts {
  readonly #ends: (() => Promise<unknown>)[] = []

  async folder(): Promise<string> {
    const made = await freshFolder()
    this.atEnd(async () => {
      // A database on its way down would go on writing to a folder that is being removed.
      await until(() => !isAlive(databasePid(made)))
      await removeFolder(made)
    })
    return made
  }

  start(folder: string, settings: Readonly<Record<string, string>> = {}, command = bunHost): HostProcess {
    const host = startHost(folder, settings, command)
    this.atEnd(async () => {
      host.kill('SIGKILL')
      await host.ended
    })
    return host
  }

  atEnd(end: () => Promise<unknown>): void {
    this.#ends.push(end)
  }

  async clear(): Promise<void> {
    for (let end = this.#ends.pop(); end; end = this.#ends.pop()) await end()
  }
}

export function startHost(
  folder: string,
  settings: Readonly<Record<string, string>> = {},
  command = bunHost,
): HostProcess {
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    PORT: '0',
    ROOMTONE_DATA_DIR: join(folder, 'data'),
    ...settings,
  }
  const child = Bun.spawn([...command], { cwd: root, env, stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' })
  let output = ''
  const errors = new Response(child.stderr).text()
  let found: (url: string) => void = () => {}
  const url = new Promise<string>((resolve) => {
    found = resolve
  })
  const heard = (async () => {
    for await (const chunk of child.stdout) {
      output += new TextDecoder().decode(chunk)
      const at = /on (http:\/\/\S+)\n/.exec(output)?.[1]
      if (at) found(at)
    }
  })()
  const ended = child.exited.then(async (): Promise<Ended> => {
    await heard
    return { status: child.exitCode, output, errors: await errors }
  })
  const failed = ended.then(({ status, errors }) => Promise.reject(new Error(`host ended with ${status}: ${errors}`)))
  const ready = Promise.race([url, failed])
  // Whoever expects its end does not ask whether it was ready.
  ready.catch(() => {})
  return { pid: child.pid, ready, ended, output: () => output, kill: (signal = 'SIGTERM') => child.kill(signal) }
}

/** A folder that other accounts can pass through, as the database's may be another one. */
export async function freshFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'roomtone-host-'))
  await chmod(folder, 0o711)
  return folder
}

export const removeFolder = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true })

/** The embedded database of a host, where one runs in its folder. */
export function databasePid(folder: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(join(folder, 'data/postgres/pg/data/postmaster.pid'), 'utf8'), 10)
  } catch {
    return undefined
  }
}

export function isAlive(pid: number | undefined): boolean {
  try {
    return pid !== undefined && process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Settles when it is so; the test's own deadline is the limit. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(20)
}

export interface SlowUpload {
  readonly url: string
  readonly token: string
  readonly bytes: Uint8Array
  /** Called when half of it has been sent, and waited for. */
  readonly halfway: () => unknown
}

/** An upload that is under way for as long as the test likes. Settles with all that was answered. */
export async function uploadSlowly(path: string, { url, token, bytes, halfway }: SlowUpload): Promise<string> {
  const upload = new RawUpload(path, { url, token, sizeBytes: bytes.length })
  await upload.send(bytes.subarray(0, bytes.length / 2))
  await halfway()
  await upload.send(bytes.subarray(bytes.length / 2))
  return upload.answer()
}

import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import process from 'node:process'

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
  kill(signal?: NodeJS.Signals): void
}

const root = resolve(import.meta.dir, '..')
export const bunHost = [process.execPath, join(root, 'hosts/bun/main.ts')]

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
      const at = /on (http:\/\/\S+)/.exec(output)?.[1]
      if (at) found(at)
    }
  })()
  const ended = child.exited.then(async (): Promise<Ended> => {
    await heard
    return { status: child.exitCode, output, errors: await errors }
  })
  const failed = ended.then(({ status, errors }) => Promise.reject(new Error(`host ended with ${status}: ${errors}`)))
  const ready = Promise.race([url, failed])
  // Whoever waits for the end only need not look at this.
  ready.catch(() => {})
  return { pid: child.pid, ready, ended, kill: (signal = 'SIGTERM') => child.kill(signal) }
}

/** A folder that other accounts can pass through, as the database's may be another one. */
export async function freshFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'roomtone-host-'))
  await chmod(folder, 0o711)
  return folder
}

export const removeFolder = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true })

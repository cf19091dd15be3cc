import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'

/** Folders and servers of one test file; `clear` ends and removes what each test made. */
export class TestRoom {
  readonly #ends: (() => Promise<unknown>)[] = []

  /** Where a database may be made; its parent lets other accounts through. */
  async folder(): Promise<string> {
    const parent = await mkdtemp(join(tmpdir(), 'managed-'))
    await chmod(parent, 0o711)
    this.#ends.push(() => rm(parent, { recursive: true, force: true }))
    return join(parent, 'postgres')
  }

  /** What was made last ends first: pools before servers, servers before folders. */
  atEnd(end: () => Promise<unknown>): void {
    this.#ends.push(end)
  }

  async clear(): Promise<void> {
    for (let end = this.#ends.pop(); end; end = this.#ends.pop()) await end()
  }
}

export const pidIn = async (dir: string): Promise<number> =>
  Number.parseInt(await readFile(join(dir, 'pg/data/postmaster.pid'), 'utf8'), 10)

/** Settles when the process is no more; the test's own deadline is the limit. */
export async function ended(pid: number): Promise<void> {
  while (isAlive(pid)) await sleep(10)
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

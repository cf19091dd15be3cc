import { randomUUID } from 'node:crypto'
import { open, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type } from 'arktype'
import type { Doubtful } from '../../core/ports/media.ts'
import { now } from '../system/clock.ts'
import { syncFolder } from './file-names.ts'

const ENDING = '.doubt'
const written = type('string.json.parse').to({ path: 'string', checksum: 'string' })

/**
 * Which files may be without a row that names them: a note on the disk each, written before the file is given its place, so
 * that a process which dies in between leaves the note as well.
 */
export class Doubts {
  readonly #folder: string
  readonly #all = new Map<string, Doubtful>()
  readonly #working = new Map<string, Promise<unknown>>()

  private constructor(folder: string) {
    this.#folder = folder
  }

  static async open(folder: string): Promise<Doubts> {
    const doubts = new Doubts(folder)
    for (const name of (await readdir(folder)).filter((each) => each.endsWith(ENDING))) {
      const note = join(folder, name)
      const said = written(await readFile(note, 'utf8'))
      // Half a note was written about a file that has no place yet.
      if (said instanceof type.errors) await rm(note, { force: true })
      else doubts.#remember({ ...said, id: name.slice(0, -ENDING.length), since: (await stat(note)).mtimeMs })
    }
    return doubts
  }

  all(): readonly Doubtful[] {
    return [...this.#all.values()]
  }

  async add({ path, checksum }: Bytes): Promise<void> {
    const id = randomUUID()
    const file = await open(this.#noteOf(id), 'wx', 0o600)
    try {
      await file.writeFile(JSON.stringify({ path, checksum }))
      await file.sync()
    } finally {
      await file.close()
    }
    await syncFolder(this.#folder)
    this.#remember({ id, path, checksum, since: now() })
  }

  about({ path, checksum }: Bytes): readonly Doubtful[] {
    return this.all().filter((each) => each.path === path && each.checksum === checksum)
  }

  isKnown({ id }: Doubtful): boolean {
    return this.#all.has(id)
  }

  async forget(doubts: readonly Doubtful[]): Promise<void> {
    for (const { id } of doubts) {
      await rm(this.#noteOf(id), { force: true })
      this.#all.delete(id)
    }
  }

  /** Of what is done about the same bytes, one thing at a time. */
  async alone<T>({ path, checksum }: Bytes, work: () => Promise<T>): Promise<T> {
    const key = `${path} ${checksum}`
    const before = this.#working.get(key)
    const mine = (async () => {
      await before?.catch(() => {})
      return work()
    })()
    this.#working.set(key, mine)
    return mine.finally(() => {
      if (this.#working.get(key) === mine) this.#working.delete(key)
    })
  }

  #remember(doubt: Doubtful): void {
    this.#all.set(doubt.id, doubt)
  }

  #noteOf(id: string): string {
    return join(this.#folder, id + ENDING)
  }
}

type Bytes = Pick<Doubtful, 'path' | 'checksum'>

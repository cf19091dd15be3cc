import { randomUUID } from 'node:crypto'
import { open, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { getLogger } from '@logtape/logtape'
import type { Doubtful } from '../../core/ports/media.ts'
import { now } from '../system/clock.ts'
import { type } from '../system/type.ts'
import { syncFolder } from './file-names.ts'

export const DOUBT = '.doubt'
/** As we write them ourselves: below the folder, and by a whole digest. */
const written = type('string.json.parse').to({
  path: /^[^./][^/]*(\/[^./][^/]*)+$/,
  checksum: /^sha256:[0-9a-f]{64}$/,
})
const log = getLogger(['roomtone', 'media'])

type Bytes = Pick<Doubtful, 'path' | 'checksum'>
const keyOf = ({ path, checksum }: Bytes) => `${path} ${checksum}`

interface Standing {
  /** Of the notes about the same bytes. */
  readonly ids: Set<string>
  /** How often they have been taken in hand. */
  taken: number
}

/**
 * Which files may be without a row that names them: a note on the disk each, written before the file is given its place, so
 * that a process which dies in between leaves the note as well.
 */
export class Doubts {
  readonly #folder: string
  readonly #all = new Map<string, Doubtful>()
  readonly #ofBytes = new Map<string, Standing>()
  /** How often the bytes of a doubt had been taken in hand when it was handed out. */
  readonly #handedOut = new WeakMap<Doubtful, number>()
  /** When this process heard of each, by a clock that nobody sets. */
  readonly #heardOf = new Map<string, number>()
  readonly #held = new Map<string, number>()
  readonly #working = new Map<string, Promise<unknown>>()

  private constructor(folder: string) {
    this.#folder = folder
  }

  static async open(folder: string): Promise<Doubts> {
    const doubts = new Doubts(folder)
    for (const name of (await readdir(folder)).filter((each) => each.endsWith(DOUBT))) {
      const note = join(folder, name)
      const said = written(await readFile(note, 'utf8').catch(() => ''))
      const found = await stat(note).catch(() => null)
      // Half a note was written about a file that has no place yet; whatever else it is, it is not ours to act on.
      if (said instanceof type.errors || !found) log.warn('a note that says nothing: {note}', { note })
      else doubts.#remember({ ...said, id: name.slice(0, -DOUBT.length), since: found.mtimeMs })
    }
    return doubts
  }

  /** Those that this process has known for so long: of younger ones somebody may be about to say more. */
  knownFor(ms: number): readonly Doubtful[] {
    const before = performance.now() - ms
    const old = [...this.#all.values()].filter(
      ({ id }) => (this.#heardOf.get(id) ?? Number.POSITIVE_INFINITY) <= before,
    )
    for (const each of old) this.#handedOut.set(each, this.#ofBytes.get(keyOf(each))?.taken ?? 0)
    return old
  }

  about(bytes: Bytes): readonly string[] {
    return [...(this.#ofBytes.get(keyOf(bytes))?.ids ?? [])]
  }

  isKnown(id: string): boolean {
    return this.#all.has(id)
  }

  /** What was looked up since it was handed out is true still: nobody has had its bytes in hand. */
  isAsItWas(doubt: Doubtful): boolean {
    const key = keyOf(doubt)
    return (
      this.#all.has(doubt.id) && !this.#held.has(key) && this.#handedOut.get(doubt) === this.#ofBytes.get(key)?.taken
    )
  }

  async add({ path, checksum }: Bytes): Promise<string> {
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
    return id
  }

  async forget(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      const doubt = this.#all.get(id)
      if (!doubt) continue
      await rm(this.#noteOf(id), { force: true })
      this.#all.delete(id)
      this.#heardOf.delete(id)
      const standing = this.#ofBytes.get(keyOf(doubt))
      standing?.ids.delete(id)
      if (standing?.ids.size === 0) this.#ofBytes.delete(keyOf(doubt))
    }
  }

  /** It is looked at again later, after the others. */
  postpone(doubt: Doubtful): void {
    if (!this.#all.delete(doubt.id)) return
    this.#all.set(doubt.id, { ...doubt, since: now() })
  }

  /** Somebody has these bytes in hand, and may yet name them. Answers with how to let go of them. */
  hold(bytes: Bytes): () => void {
    const key = keyOf(bytes)
    this.#held.set(key, (this.#held.get(key) ?? 0) + 1)
    const standing = this.#ofBytes.get(key)
    if (standing) standing.taken++
    return () => {
      const left = (this.#held.get(key) ?? 1) - 1
      if (left > 0) this.#held.set(key, left)
      else this.#held.delete(key)
    }
  }

  /** Of what is done about the same bytes, one thing at a time. */
  async alone<T>(bytes: Bytes, work: () => Promise<T>): Promise<T> {
    const key = keyOf(bytes)
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
    this.#heardOf.set(doubt.id, performance.now())
    const standing = this.#ofBytes.get(keyOf(doubt)) ?? { ids: new Set(), taken: 0 }
    standing.ids.add(doubt.id)
    this.#ofBytes.set(keyOf(doubt), standing)
  }

  #noteOf(id: string): string {
    return join(this.#folder, id + DOUBT)
  }
}

import { getLogger } from '@logtape/logtape'
import { sql } from 'drizzle-orm'
import { StorageUnavailable } from '../../../core/ports/storage.ts'
import type { Engine } from './engine.ts'

const EVERY_MS = 1_000
/** The indexes that are searched by parts and by lists, and are written by every other commit. */
const searched = ['audit_parties_text', 'audit_parties_kin']
const log = getLogger(['roomtone', 'storage'])

/**
 * PostgreSQL puts off what is new in such an index, and when that has become much (4 MB) a commit puts it all in, while everyone
 * waits for it, a fifth of a second. So it is put in on the side, before it is much.
 */
export class Tending {
  readonly #engine: Engine
  #timer: ReturnType<typeof setTimeout> | undefined
  #stopped = false
  #complained = false

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /** Where the database is a process of its own: in this one it would be waited for all the same. */
  start(): void {
    if (this.#timer || !this.#engine.listen) return
    this.#soon()
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  #soon(): void {
    if (this.#stopped) return
    this.#timer = setTimeout(() => this.#tend().then(() => this.#soon()), EVERY_MS)
  }

  async #tend(): Promise<void> {
    for (const index of searched) {
      if (this.#stopped) return
      // To do it twice is to do it once, as with a read.
      await this.#engine
        .read((db) => db.execute(sql`select gin_clean_pending_list(${index}::regclass)`))
        .catch((error) => this.#complain(index, error))
    }
  }

  /** It is tried again at the next turn: the database may be away. If the index is not ours, there is no use in saying so often. */
  #complain(index: string, error: unknown): void {
    if (this.#complained || error instanceof StorageUnavailable) return
    this.#complained = true
    log.warn('{index} cannot be tended, so that commits wait for it at times: {error}', { index, error: String(error) })
  }
}

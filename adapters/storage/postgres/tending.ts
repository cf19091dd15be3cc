import { getLogger } from '@logtape/logtape'
import { sql } from 'drizzle-orm'
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
      // It can be done at the next turn as well: the database may be away, or the index another's.
      await this.#engine
        .read((db) => db.execute(sql`select gin_clean_pending_list(${index}::regclass)`))
        .catch((error) => log.debug('{index} is not tended: {error}', { index, error: String(error) }))
    }
  }
}

import type { Engine } from './engine.ts'
import type { GroupCommit } from './group-commit.ts'
import { readMoved } from './load.ts'
import { CHANNEL, heard } from './note.ts'

/** A note that has not come within this time does not come. */
const LOOK_EVERY_MS = 300

/**
 * Keeps the live state true to what other controllers on the same database do. Each commit that changes what is held in memory
 * says so in a note with a number. A number that is missing, or that the database has given out and nobody has heard, was missed:
 * then everything is read anew, and listened anew.
 */
export class Hearing {
  readonly #engine: Engine
  readonly #writing: GroupCommit
  #line: { renew(): void } | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #stopped = false

  constructor(engine: Engine, writing: GroupCommit) {
    this.#engine = engine
    this.#writing = writing
  }

  /** From the first load on. */
  start(): void {
    if (this.#line || !this.#engine.listen) return
    this.#line = this.#engine.listen(CHANNEL, (payload) => this.#writing.hear(heard(payload)))
    this.#lookSoon(this.#writing.moved)
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  /** What had been given out when it was looked at before must have been heard by now. */
  #lookSoon(given: number): void {
    if (this.#stopped) return
    this.#timer = setTimeout(async () => {
      if (this.#writing.moved < given) {
        this.#line?.renew()
        this.#writing.missed()
      }
      this.#writing.goOn()
      // While the database is away nothing is given out.
      this.#lookSoon(await this.#engine.read(readMoved).catch(() => given))
    }, LOOK_EVERY_MS)
  }
}

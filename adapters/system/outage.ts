import type { Logger } from '@logtape/logtape'

const QUIET_MS = 10_000

const AWAY = 'the database is out of reach: {reason}'

/**
 * Tells of a database that is out of reach, or of what else is met a thousand times when it is met at all: at once, and from
 * then on at most every ten seconds, with how often it was met. Who looks for it every second, or asks for it with each request,
 * would fill the disk with one sentence.
 */
export class Outage {
  readonly #log: Logger
  readonly #now: () => number
  readonly #sentence: string
  #toldAt = Number.NEGATIVE_INFINITY
  #metAt = Number.NEGATIVE_INFINITY
  #met = 0

  constructor(log: Logger, now: () => number, sentence = AWAY) {
    this.#log = log
    this.#now = now
    this.#sentence = sentence
  }

  met(error: Error): void {
    const now = this.#now()
    // What was met before a while without any belongs to another outage.
    if (!isJustAfter(this.#metAt, now)) this.#met = 0
    this.#metAt = now
    this.#met++
    if (isJustAfter(this.#toldAt, now)) return
    this.#toldAt = now
    const reason = String(error.cause ?? error)
    this.#log.warn(this.#sentence, { reason, times: this.#met })
    this.#met = 0
  }
}

/** A clock that steps back must not make it silent until that hour comes again. */
const isJustAfter = (at: number, now: number) => now >= at && now - at < QUIET_MS

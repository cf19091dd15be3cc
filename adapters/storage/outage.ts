import type { Logger } from '@logtape/logtape'

const QUIET_MS = 10_000

/**
 * Tells of a database that is out of reach: at once, and from then on at most every ten seconds, with how often it was met.
 * Who looks for it every second, or asks for it with each request, would fill the disk with one sentence.
 */
export class Outage {
  readonly #log: Logger
  readonly #now: () => number
  #quietUntil = 0
  #met = 0

  constructor(log: Logger, now: () => number) {
    this.#log = log
    this.#now = now
  }

  met(error: Error): void {
    this.#met++
    if (this.#now() < this.#quietUntil) return
    this.#quietUntil = this.#now() + QUIET_MS
    const reason = String(error.cause ?? error)
    this.#log.warn('the database is out of reach: {reason}', { reason, times: this.#met })
    this.#met = 0
  }
}

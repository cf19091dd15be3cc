/** So many come back in a second: half of what a fleet of 5,000 sends when all is well. */
const PER_SECOND = 500
/** Half of the time that a job is held without a sign of life; a fleet that is larger than all these turns shares them. */
const AWAY_SECONDS_MAX = 15

/**
 * When those who are sent away are to ask again: one after the other. Whoever is told the same comes back at the same time,
 * and would be sent away again.
 */
export class Turns {
  #nextMs = Number.NEGATIVE_INFINITY

  /** In whole seconds, since that is all that an answer can say. */
  next(nowMs: number): number {
    const aheadMs = this.#nextMs - nowMs
    // Nobody is left of those before, all turns are given, or the clock was set back.
    if (!(aheadMs >= 0 && aheadMs < AWAY_SECONDS_MAX * 1000)) this.#nextMs = nowMs
    const seconds = 1 + Math.floor((this.#nextMs - nowMs) / 1000)
    this.#nextMs += 1000 / PER_SECOND
    return seconds
  }
}

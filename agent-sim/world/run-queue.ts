/** What is to happen in a world whose time is its own: by the moment, then in the order in which it was asked for. */
export class RunQueue {
  #nowMs: number
  #count = 0
  #waiting: Waiting[] = []

  constructor(startMs: number) {
    this.#nowMs = startMs
  }

  get nowMs(): number {
    return this.#nowMs
  }

  /** When something is to happen next; never, when nothing is. */
  get nextMs(): number {
    return this.#waiting[0]?.atMs ?? Number.POSITIVE_INFINITY
  }

  /** What was due in the past happens now. */
  at(atMs: number, run: () => unknown): void {
    const waiting = { atMs: Math.max(atMs, this.#nowMs), turn: this.#count++, run }
    const after = this.#waiting.findIndex((each) => each.atMs > waiting.atMs)
    this.#waiting.splice(after < 0 ? this.#waiting.length : after, 0, waiting)
  }

  sleep(durationMs: number): Promise<void> {
    return new Promise((wake) => this.at(this.#nowMs + durationMs, wake))
  }

  /** Time never goes back. */
  moveTo(ms: number): void {
    this.#nowMs = Math.max(this.#nowMs, ms)
  }

  /** The first of what is due now, if anything is; it is begun and not waited for. */
  runNext(): boolean {
    if (this.nextMs > this.#nowMs) return false
    this.#waiting.shift()?.run()
    return true
  }
}

interface Waiting {
  readonly atMs: number
  readonly turn: number
  readonly run: () => unknown
}

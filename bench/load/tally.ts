const FAULTS_KEPT = 5
/** Far more than any server here answers in a round: what gets there is a fault of the bench, and the load ends. */
const COUNTED_MAX = 20_000_000

/** What comes of the requests: latencies of those that are counted, and every error, counted or not. */
export class Tally {
  /** Those that were answered. */
  requests = 0
  /** Of those, and of what was left waiting. */
  readonly latenciesMs: number[] = []
  readonly faults: string[] = []
  readonly handedOut: string[] = []
  errors = 0
  over = false
  #counting = false

  start(): void {
    this.#counting = true
  }

  stop(): void {
    this.#counting = false
    this.over = true
  }

  answered(latencyMs: number, handedOut?: string): void {
    if (handedOut !== undefined) this.handedOut.push(handedOut)
    if (!this.#counting) return
    this.requests++
    this.latenciesMs.push(latencyMs)
    if (this.requests < COUNTED_MAX) return
    this.stop()
    this.fault('more requests than one round may send')
  }

  /** What was still waiting at the end has waited as long as that, at least. */
  leftWaiting(waitedMs: readonly number[]): void {
    for (const each of waitedMs) this.latenciesMs.push(each)
  }

  fault(why: string): void {
    this.errors++
    if (this.faults.length < FAULTS_KEPT) this.faults.push(why)
  }
}

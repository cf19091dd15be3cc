const PLACES = 15_000
/** For what is urgent alone: neither people nor telemetry can take the last of them. */
const KEPT = 3_000

/** How many requests may be under way, each of which holds what was sent and waits for the database. */
export class Places {
  #taken = 0

  /** False where there is no place. Whoever has one leaves it. */
  take(isUrgent: boolean): boolean {
    if (this.#taken >= PLACES - (isUrgent ? 0 : KEPT)) return false
    this.#taken++
    return true
  }

  leave(): void {
    this.#taken--
  }
}

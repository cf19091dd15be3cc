import { Overloaded } from '../../core/ports/storage.ts'

const PLACES = 15_000
/** For what is urgent alone: neither people nor telemetry can take the last of them. */
const KEPT = 3_000

/** How many requests may be under way, each of which holds what was sent and waits for the database. */
export class Places {
  #taken = 0

  /** Throws Overloaded where there is no place. */
  async within<T>(isUrgent: boolean, work: () => Promise<T>): Promise<T> {
    if (this.#taken >= PLACES - (isUrgent ? 0 : KEPT)) throw new Overloaded('too many requests are under way')
    this.#taken++
    try {
      return await work()
    } finally {
      this.#taken--
    }
  }
}

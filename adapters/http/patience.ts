/** How many times it is looked, in the time that is borne, for those who take longer. */
const LOOKS = 30

interface Borne {
  readonly sinceMs: number
  readonly giveUp: () => void
}

/** Waits for many things, each for so long and no longer, give or take a thirtieth: with one timer, and not one for each. */
export class Patience {
  readonly #forMs: number
  /** In the order in which it was begun to wait for them. */
  readonly #borne = new Set<Borne>()
  #timer: ReturnType<typeof setInterval> | undefined

  constructor(forMs: number) {
    this.#forMs = forMs
  }

  /** What comes of it, or `instead` where it takes too long. */
  bear<T>(work: Promise<T>, instead: T): Promise<T> {
    return new Promise((resolve, reject) => {
      const borne: Borne = { sinceMs: performance.now(), giveUp: () => resolve(instead) }
      this.#borne.add(borne)
      this.#timer ??= setInterval(this.#look, this.#forMs / LOOKS)
      work.then(
        (value) => {
          this.#borne.delete(borne)
          resolve(value)
        },
        (error) => {
          this.#borne.delete(borne)
          reject(error)
        },
      )
    })
  }

  #look = (): void => {
    const now = performance.now()
    for (const each of this.#borne) {
      if (now - each.sinceMs < this.#forMs) break
      this.#borne.delete(each)
      each.giveUp()
    }
    if (this.#borne.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}

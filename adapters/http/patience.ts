/** How many times it is looked, in the time that is borne, for those who take longer. */
const LOOKS = 30

interface Borne {
  readonly sinceMs: number
  readonly giveUp: () => void
}

/** What there is instead of what did not come. */
interface InVain<V> {
  readonly broken: V
  readonly late: V
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

  /** What comes of it, as `heard` has it; `broken` where nothing does, and `late` where it takes too long. */
  bear<T, U, V>(work: Promise<T>, heard: (value: T) => U, { broken, late }: InVain<V>): Promise<U | V> {
    return new Promise((resolve) => {
      const borne: Borne = { sinceMs: performance.now(), giveUp: () => resolve(late) }
      const settle = (value: U | V) => {
        this.#borne.delete(borne)
        resolve(value)
      }
      this.#borne.add(borne)
      this.#timer ??= setInterval(this.#look, this.#forMs / LOOKS)
      work.then(
        (value) => settle(heard(value)),
        () => settle(broken),
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

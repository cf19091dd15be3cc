import { type Urgency, urgencies } from '../../../core/ports/storage.ts'

/** How many may wait in a line, and how long; absent: as long as it takes. */
export interface Bounds {
  readonly most: number
  readonly ms?: number
}
export type LineBounds = Readonly<Record<Urgency, Bounds>>

/**
 * What waits to be written: a line for each urgency, with bounds of its own, so that no kind can fill the places of another.
 * The most urgent go first, each line in the order of arrival. It is told what time it is, by a clock that never goes back.
 */
export class Lines<T> {
  readonly #bounds: LineBounds
  readonly #lines: Record<Urgency, Waiting<T>[]> = { urgent: [], ordinary: [], routine: [], refused: [] }

  constructor(bounds: LineBounds) {
    this.#bounds = bounds
  }

  get length(): number {
    return urgencies.reduce((sum, each) => sum + this.#lines[each].length, 0)
  }

  /** Whether there is nothing but what comes again by itself, and little of it. */
  isSlack(little: number): boolean {
    const { urgent, ordinary, routine, refused } = this.#lines
    return urgent.length + ordinary.length + refused.length === 0 && routine.length < little
  }

  /** False where its line is full. */
  join(item: T, urgency: Urgency, nowMs: number): boolean {
    const line = this.#lines[urgency]
    if (line.length >= this.#bounds[urgency].most) return false
    line.push({ item, sinceMs: nowMs })
    return true
  }

  /** The next so many to be written. */
  take(most: number): T[] {
    const taken: T[] = []
    for (const urgency of urgencies) {
      if (taken.length === most) break
      for (const { item } of this.#lines[urgency].splice(0, most - taken.length)) taken.push(item)
    }
    return taken
  }

  /** Those who have waited for too long. They leave. */
  late(nowMs: number): T[] {
    return urgencies.flatMap((urgency) => {
      const { ms = Number.POSITIVE_INFINITY } = this.#bounds[urgency]
      const line = this.#lines[urgency]
      const first = line.findIndex(({ sinceMs }) => nowMs - sinceMs <= ms)
      return line.splice(0, first < 0 ? line.length : first).map(({ item }) => item)
    })
  }
}

interface Waiting<T> {
  readonly item: T
  readonly sinceMs: number
}

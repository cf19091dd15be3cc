import type { Instant } from '../ids.ts'

/** Which successes are counted rather than recorded each time, and how long a window of counting lasts. */
export const foldingWindowsMs = { read: 60_000, telemetry: 5 * 60_000 } as const
export type Fold = keyof typeof foldingWindowsMs

interface Window {
  readonly closesAt: Instant
  repeats: number
}

const WINDOWS_MAX = 100_000

/**
 * Says the same thing once. The first success of a kind is recorded in full and opens a window; what repeats it within the
 * window is counted, and the next entry in full carries the count. A window opens only when its entry has been committed.
 */
export class Folding {
  readonly #windows = new Map<string, Window>()
  readonly #on: boolean

  constructor(on = true) {
    this.#on = on
  }

  isOpen(key: string, now: Instant): boolean {
    const window = this.#windows.get(key)
    return window !== undefined && window.closesAt > now
  }

  /** Counts a repeat; false when no window is open, and it must be recorded. */
  counts(key: string, now: Instant): boolean {
    const window = this.#windows.get(key)
    if (window === undefined || window.closesAt <= now) return false
    window.repeats++
    return true
  }

  /** How many repeats the last window counted, for the entry that opens the next. */
  repeated(key: string): number {
    return this.#windows.get(key)?.repeats ?? 0
  }

  open(key: string, fold: Fold, now: Instant): void {
    if (!this.#on) return
    this.#windows.delete(key)
    this.#windows.set(key, { closesAt: now + foldingWindowsMs[fold], repeats: 0 })
    if (this.#windows.size > WINDOWS_MAX) this.#forgetOldest()
  }

  /** Windows stand in the order they were opened, so the first is the one most likely over. */
  #forgetOldest(): void {
    const [oldest] = this.#windows.keys()
    if (oldest !== undefined) this.#windows.delete(oldest)
  }
}

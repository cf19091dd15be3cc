import type { Instant } from '../ids.ts'

/** Which successes are counted rather than recorded each time, and how long a window of counting lasts. */
export const foldingWindowsMs = { read: 60_000, telemetry: 5 * 60_000 } as const
export type Fold = keyof typeof foldingWindowsMs

/**
 * What makes two calls the same. It is asked for with every sign of life, so for those it is two texts that are there already: one
 * made of them would be read through each time.
 */
export interface FoldingKey {
  readonly action: string
  readonly by: string
}

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
  /** By action, and in each in the order in which they were opened. */
  readonly #windows = new Map<string, Map<string, Window>>()
  #size = 0
  readonly #on: boolean

  constructor(on = true) {
    this.#on = on
  }

  isOpen(key: FoldingKey, now: Instant): boolean {
    const window = this.#windowOf(key)
    return window !== undefined && window.closesAt > now
  }

  /** Counts a repeat; false when no window is open, and it must be recorded. */
  counts(key: FoldingKey, now: Instant): boolean {
    const window = this.#windowOf(key)
    if (window === undefined || window.closesAt <= now) return false
    window.repeats++
    return true
  }

  /** How many repeats the last window counted, for the entry that opens the next. */
  repeated(key: FoldingKey): number {
    return this.#windowOf(key)?.repeats ?? 0
  }

  open({ action, by }: FoldingKey, fold: Fold, now: Instant): void {
    if (!this.#on) return
    const windows = this.#windows.get(action) ?? new Map<string, Window>()
    this.#windows.set(action, windows)
    if (!windows.delete(by)) this.#size++
    windows.set(by, { closesAt: now + foldingWindowsMs[fold], repeats: 0 })
    if (this.#size > WINDOWS_MAX) this.#forgetOne()
  }

  #windowOf({ action, by }: FoldingKey): Window | undefined {
    return this.#windows.get(action)?.get(by)
  }

  /** The one that is over soonest, or has been for longest: of each action that is the first. */
  #forgetOne(): void {
    let soonest: { readonly windows: Map<string, Window>; readonly by: string; readonly closesAt: Instant } | undefined
    for (const windows of this.#windows.values()) {
      const [first] = windows
      if (first === undefined) continue
      const [by, { closesAt }] = first
      if (soonest === undefined || closesAt < soonest.closesAt) soonest = { windows, by, closesAt }
    }
    if (soonest?.windows.delete(soonest.by)) this.#size--
  }
}

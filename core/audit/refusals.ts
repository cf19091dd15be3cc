import type { Instant } from '../ids.ts'
import type { Alike } from '../result.ts'
import { bounded } from '../text.ts'
import type { AuditEntry } from './entry.ts'

export const REFUSALS_COUNTED_MS = 60_000
/** Whoever asks chooses what it asks for: beyond these, what comes from one place within a minute is counted as one. */
export const ABOUT_MAX = 20
/** So much is remembered at most, until it is told; with more every refusal is recorded by itself. */
export const REPEATS_MAX = 10_000
const OTHERS = ''

interface Minute {
  readonly since: Instant
  readonly repeats: Map<string, Repeats>
}

interface Repeats {
  times: number
  last?: AuditEntry
}

/**
 * Says the same refusal twice: the first is recorded at once, and begins a minute. What comes meanwhile is counted, and when the
 * minute is over the last of it is recorded too, with the count of those between. None is left out; whoever knocks all day does
 * not fill the trail.
 */
export class Refusals {
  readonly #minutes = new Map<string, Minute>()
  readonly #on: boolean
  readonly #over: AuditEntry[] = []
  #remembered = 0

  constructor(on = true) {
    this.#on = on
  }

  /** False where it must be recorded. */
  counts(entry: AuditEntry, alike: Alike, now: Instant): boolean {
    const minute = this.#minutes.get(placeOf(entry, alike))
    const repeats = minute && isRunning(minute, now) && minute.repeats.get(nameIn(minute, alike))
    if (!repeats) return false
    repeats.times++
    repeats.last = entry
    return true
  }

  /** It has been recorded. */
  open(entry: AuditEntry, alike: Alike, now: Instant): void {
    const place = placeOf(entry, alike)
    const before = this.#minutes.get(place)
    if (before && !isRunning(before, now)) this.#end(place, before)
    if (!this.#on || this.#remembered >= REPEATS_MAX) return
    const minute = this.#minutes.get(place) ?? { since: now, repeats: new Map<string, Repeats>() }
    this.#minutes.set(place, minute)
    const name = nameIn(minute, alike)
    if (minute.repeats.has(name)) return
    minute.repeats.set(name, { times: 0 })
    this.#remembered++
  }

  /** Takes what is to be recorded of the minutes that are over, or of `all`. Whoever cannot record it puts it back. */
  take(now: Instant, most: number, all = false): readonly AuditEntry[] {
    for (const [place, minute] of this.#minutes) if (all || !isRunning(minute, now)) this.#end(place, minute)
    const taken = this.#over.splice(0, most)
    this.#remembered -= taken.length
    return taken
  }

  putBack(entries: readonly AuditEntry[]): void {
    this.#over.push(...entries)
    this.#remembered += entries.length
  }

  #end(place: string, { repeats }: Minute): void {
    this.#minutes.delete(place)
    const told = [...repeats.values()].flatMap(entryOf)
    this.#over.push(...told)
    this.#remembered += told.length - repeats.size
  }
}

const placeOf = ({ action }: AuditEntry, { from }: Alike) => `${action} ${from}`

function nameIn({ repeats }: Minute, { about }: Alike): string {
  const name = bounded(about)
  return repeats.has(name) || repeats.size < ABOUT_MAX ? name : OTHERS
}

/** Not from before the clock was set back. */
const isRunning = ({ since }: Minute, now: Instant) => since <= now && now < since + REFUSALS_COUNTED_MS

function entryOf({ times, last }: Repeats): readonly AuditEntry[] {
  if (last === undefined) return []
  return [times > 1 ? { ...last, details: { ...last.details, repeated: times - 1 } } : last]
}

/** Case does not matter, and nothing in `part` is special. An absent text contains nothing. */
export const containsText = (text: string | undefined, part: string): boolean =>
  text?.toLowerCase().includes(part.toLowerCase()) ?? false

export const sameText = (a: string | undefined, b: string): boolean => a?.toLowerCase() === b.toLowerCase()

/** An optional bound leaves everything in. */
export const within = (at: number, from: number | undefined, to: number | undefined): boolean =>
  (from === undefined || at >= from) && (to === undefined || at <= to)

const KEPT_MAX = 160

/** Whatever a caller sends must not keep its own trace from being written. */
export const bounded = (text: string, max = KEPT_MAX): string => (text.length > max ? `${cut(text, max - 1)}…` : text)

const KEPT_WITHIN_MAX = 1_000

/** The same for every text in it: what somebody said of themselves is kept, but not by the megabyte. */
export function boundedWithin<T>(value: T): T {
  if (typeof value === 'string') return bounded(value, KEPT_WITHIN_MAX) as T
  if (Array.isArray(value)) return value.map(boundedWithin) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, boundedWithin(each)])) as T
}

/** The beginning of a text, at most so long. A character that needs two places is not cut in half. */
export const cut = (text: string, max: number): string => text.slice(0, max).replace(/[\ud800-\udbff]$/, '')

/** As a database keeps it: it has no NUL, and no half of a character. */
export const wellFormed = (text: string): string => text.replaceAll('\0', '').replaceAll(/[\ud800-\udfff]/gu, '\ufffd')

/** Case does not matter, and nothing in `part` is special. An absent text contains nothing. */
export const containsText = (text: string | undefined, part: string): boolean =>
  text?.toLowerCase().includes(part.toLowerCase()) ?? false

export const sameText = (a: string | undefined, b: string): boolean => a?.toLowerCase() === b.toLowerCase()

/** An optional bound leaves everything in. */
export const within = (at: number, from: number | undefined, to: number | undefined): boolean =>
  (from === undefined || at >= from) && (to === undefined || at <= to)

const KEPT_MAX = 160

/** Whatever a caller sends must not keep its own trace from being written. */
export const bounded = (text: string): string => (text.length > KEPT_MAX ? `${text.slice(0, KEPT_MAX - 1)}…` : text)

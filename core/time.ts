import type { Instant } from './ids.ts'

/** ISO-8601 in UTC, with milliseconds: the one way the wire writes an instant. */
export function iso(instant: Instant): string {
  // What others say of their times may be finer than ours.
  const at = Math.trunc(instant)
  const minute = Math.floor(at / 60_000)
  if (minute !== lastMinute) {
    lastText = new Date(minute * 60_000).toISOString().slice(0, -'00.000Z'.length)
    lastMinute = minute
  }
  const ms = at - minute * 60_000
  const seconds = Math.floor(ms / 1000)
  const rest = ms - seconds * 1000
  return `${lastText}${seconds < 10 ? '0' : ''}${seconds}.${rest < 10 ? '00' : rest < 100 ? '0' : ''}${rest}Z`
}

/** Most of what is written is of the same minute, and for a whole date the runtime takes as long as for a hash. */
let lastMinute = Number.NaN
let lastText = ''

import type { Instant } from './ids.ts'

/** ISO-8601 in UTC, with milliseconds: the one way the wire writes an instant. */
export function iso(at: Instant): string {
  const second = Math.floor(at / 1000)
  if (second !== lastSecond) {
    lastText = new Date(second * 1000).toISOString().slice(0, -4)
    lastSecond = second
  }
  const ms = at - second * 1000
  return `${lastText}${ms < 10 ? '00' : ms < 100 ? '0' : ''}${ms}Z`
}

/** Most of what is written within a second is of that second, and the runtime takes as long for each as for a whole signature. */
let lastSecond = Number.NaN
let lastText = ''

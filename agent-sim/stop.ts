import { performance } from 'node:perf_hooks'
import process from 'node:process'

/** How long what is under way may go on, once it was asked for the end. */
const GRACE_MS = 5000
/** Below npm a signal comes from npm as well: what follows this closely is the same wish. */
const ECHO_MS = 1000

export interface Stopping {
  /** Falls first: nothing more is begun. */
  readonly stop: AbortController
  /** Falls after a while, or when the end is asked for again: what is under way is broken off. */
  readonly cut: AbortSignal
}

/** By a signal, or by whoever reads no further: a closed pipe, or a terminal that is gone. */
export function whenAskedToStop(): Stopping {
  const stop = new AbortController()
  const cut = new AbortController()
  let askedAtMs: number | undefined
  const asked = () => {
    askedAtMs ??= performance.now()
    if (performance.now() - askedAtMs > ECHO_MS) cut.abort()
    stop.abort()
  }
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, asked)
  process.stdout.on('error', () => stop.abort())
  stop.signal.addEventListener('abort', () => setTimeout(() => cut.abort(), GRACE_MS).unref())
  return { stop, cut: cut.signal }
}

import { readFileSync } from 'node:fs'
import process from 'node:process'

/** However often: below npm a signal comes from npm as well, and the second must not end what the first lets finish. */
export const whenAskedToStop = (): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve())
    if (!outlivesTerminal()) process.on('SIGHUP', () => resolve())
  })

/** Whoever was started by nohup does not hear that the terminal is closed, and listening would undo that. */
function outlivesTerminal(): boolean {
  try {
    return /^SigIgn:\s*[0-9a-f]*[13579bdf]$/m.test(readFileSync('/proc/self/status', 'utf8'))
  } catch {
    return false
  }
}

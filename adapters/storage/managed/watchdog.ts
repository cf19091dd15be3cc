import { spawn } from 'node:child_process'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Account, PLAIN_ENVIRONMENT } from './account.ts'
import { complaintIn } from './complaint.ts'

/** A server that goes down when the host does, however the host dies. */
export interface Watched {
  /** The server's own, not the shell's around it; 0 until the shell has told it. */
  readonly pid: () => number
  readonly gone: () => boolean
  /** How the shell ended, which is how the server did. Never rejects. */
  readonly exit: Promise<unknown>
  /** What it complained about, in one line; to be asked once it is gone. */
  readonly lastWords: () => Promise<string>
  /** Asks for a fast shutdown, by the same pipe that closes when the host dies. */
  readonly close: () => void
}

interface Watch extends Account {
  readonly cwd: string
  readonly log: ((line: string) => void) | undefined
}

export function watchOver(program: string, args: readonly string[], { log, ...where }: Watch): Watched {
  // PostgreSQL takes no lock of its grandparent for another server's: after a reboot our own pid may be in the file.
  const env = { ...PLAIN_ENVIRONMENT, PG_GRANDPARENT_PID: String(process.pid) }
  const child = spawn('/bin/sh', ['-c', WATCHDOG, 'roomtone-db', program, ...args], {
    ...where,
    env,
    // A session of its own: the Ctrl-C meant for the host must not reach the server before the pool has ended.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  })

  let pid = 0
  let gone = false
  const words: string[] = []
  const exit = new Promise<unknown>((done) => {
    const end = (how: unknown) => {
      gone = true
      child.stdin.destroy()
      done(how)
    }
    child.on('exit', (code, signal) => end({ code, signal }))
    child.on('error', (error) => {
      words.push(String(error))
      end(error)
    })
  })
  const closed = new Promise((done) => child.on('close', done))

  child.stdin.on('error', () => {})
  createInterface({ input: child.stdout }).on('line', (line) => {
    pid ||= Number(line)
  })
  createInterface({ input: child.stderr }).on('line', (line) => {
    words.push(line)
    if (words.length > WORDS_KEPT) words.shift()
    log?.(line)
  })

  return {
    pid: () => pid,
    gone: () => gone,
    exit,
    async lastWords() {
      // The pipe may be read out later than the end is told; a child of the server may hold it open for long.
      await Promise.race([closed, exit.then(() => sleep(DRAINED_WITHIN_MS))])
      return complaintIn(words)
    },
    close: () => child.stdin.end(),
  }
}

const WORDS_KEPT = 20
const DRAINED_WITHIN_MS = 500

/**
 * Two shells around the server. The inner one only waits for the end of our pipe, which no death of the host can
 * prevent, and asks for a fast shutdown then; the outer one waits for the server, so that its end becomes an exit.
 * Neither lets go of the server on a signal meant for the host, and the server itself never holds the pipe.
 */
const WATCHDOG = `trap '' HUP INT TERM
exec 3<&0
"$@" </dev/null 3<&- & server=$!
( exec >/dev/null 2>&1; read _ <&3; kill -INT $server ) & watcher=$!
exec 3<&-
echo $server
exec >/dev/null
wait $server; code=$?
kill -9 $watcher 2>/dev/null
exit $code`

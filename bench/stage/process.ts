import { existsSync, readdirSync, readFileSync } from 'node:fs'

/** A process under test, on a loopback port of its choice. It is ended by its process id. */
export interface Served {
  readonly pid: number
  /** Once it says where it serves; fails when it ends before. */
  readonly url: Promise<string>
  stop(): Promise<void>
}

const STOP_MS = 15_000

/** Started at once, so that it can be stopped from the first moment. */
export function serve(command: readonly string[], cwd: string, env: Readonly<Record<string, string>>): Served {
  const child = Bun.spawn([...command], { cwd, env, stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' })
  const url = urlFrom(child.stdout, new Response(child.stderr).text(), command.join(' '))
  url.catch(() => {})
  return {
    pid: child.pid,
    url,
    async stop() {
      child.kill('SIGTERM')
      const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
      await child.exited
      clearTimeout(late)
    },
  }
}

/** What is said afterwards is read too: nobody should wait for room in a pipe. */
function urlFrom(said: ReadableStream<Uint8Array>, complaint: Promise<string>, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const listen = async () => {
      let text = ''
      for await (const chunk of said) {
        if (text.length < 10_000) text += new TextDecoder().decode(chunk)
        const url = /on (http:\/\/\S+)\s/.exec(text)?.[1]
        if (url) resolve(url)
      }
      reject(new Error(`${command} ended: ${await complaint}`))
    }
    listen().catch(reject)
  })
}

/** CPU time that a process and its descendants have used, in seconds, with every PostgreSQL process apart. */
export interface CpuSeconds {
  readonly own: number
  readonly database: number
}

export const canAccount = (): boolean => existsSync('/proc/self/stat')

/** By the operating system's own count (proc(5): utime, stime and those of children that have ended). */
export function cpuOf(pid: number): CpuSeconds {
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap(readStat)
  const family = new Set([pid])
  for (let grown = true; grown; ) {
    const before = family.size
    for (const each of processes) if (family.has(each.parent)) family.add(each.pid)
    grown = family.size > before
  }
  const used = { own: 0, database: 0 }
  for (const { pid, name, seconds } of processes) {
    if (family.has(pid)) used[name.startsWith('postgres') ? 'database' : 'own'] += seconds
  }
  return used
}

/** USER_HZ, which every Linux that Bun runs on shows to programs, whatever its kernel ticks at. */
const TICKS_PER_SECOND = 100

interface Stat {
  readonly pid: number
  readonly parent: number
  readonly name: string
  readonly seconds: number
}

/** Empty for a process that has ended meanwhile. */
function readStat(pid: string): readonly Stat[] {
  try {
    return [statOf(pid, readFileSync(`/proc/${pid}/stat`, 'utf8'))]
  } catch {
    return []
  }
}

/** The name may hold anything, parentheses and blanks too: what follows is counted from the last one. */
export function statOf(pid: string, text: string): Stat {
  const nameEnd = text.lastIndexOf(')')
  const fields = text
    .slice(nameEnd + 2)
    .split(' ')
    .map(Number)
  const [, parent = 0] = fields
  const ticks = fields.slice(11, 15).reduce((sum, each) => sum + each, 0)
  const name = text.slice(text.indexOf('(') + 1, nameEnd)
  return { pid: Number(pid), parent, name, seconds: ticks / TICKS_PER_SECOND }
}

/** What a process holds in memory, and the most that it ever held (proc(5): VmRSS, VmHWM). */
export function memoryOf(pid: number): { readonly residentMiB: number; readonly peakMiB: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const mebibytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024
  return { residentMiB: mebibytes('VmRSS'), peakMiB: mebibytes('VmHWM') }
}

const LOOKED_AT_EVERY_MS = 1000

/** What a process holds in memory, each second for as long as some work takes. */
export async function residentWhile<T>(
  pid: number,
  work: Promise<T>,
): Promise<{ readonly done: T; readonly residentMiB: readonly number[] }> {
  const residentMiB: number[] = []
  const looking = setInterval(() => {
    // A process that has ended holds nothing; what came of the work says so.
    if (existsSync(`/proc/${pid}/status`)) residentMiB.push(memoryOf(pid).residentMiB)
  }, LOOKED_AT_EVERY_MS)
  try {
    return { done: await work, residentMiB }
  } finally {
    clearInterval(looking)
  }
}

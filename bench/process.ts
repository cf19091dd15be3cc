import { existsSync, readdirSync, readFileSync } from 'node:fs'

/** A process under test, on a loopback port of its choice. It is ended by its process id. */
export interface Served {
  readonly pid: number
  readonly url: string
  stop(): Promise<void>
}

export async function serve(
  command: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<Served> {
  const child = Bun.spawn([...command], { cwd, env, stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' })
  const complaint = new Response(child.stderr).text()
  let said = ''
  for await (const chunk of child.stdout) {
    said += new TextDecoder().decode(chunk)
    const url = /on (http:\/\/\S+)/.exec(said)?.[1]
    if (url) {
      return {
        pid: child.pid,
        url,
        async stop() {
          child.kill('SIGTERM')
          await child.exited
        },
      }
    }
  }
  throw new Error(`${command.join(' ')} ended before it served: ${await complaint}`)
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
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const nameEnd = text.lastIndexOf(')')
    const fields = text
      .slice(nameEnd + 2)
      .split(' ')
      .map(Number)
    const [, parent = 0] = fields
    const ticks = fields.slice(11, 15).reduce((sum, each) => sum + each, 0)
    const name = text.slice(text.indexOf('(') + 1, nameEnd)
    return [{ pid: Number(pid), parent, name, seconds: ticks / TICKS_PER_SECOND }]
  } catch {
    return []
  }
}

import { join } from 'node:path'
import { cpuOf } from '../stage/process.ts'
import type { Order } from './driver.ts'
import type { Told } from './told.ts'

export interface Load {
  readonly order: Order
  /** Of the process whose CPU is accounted for. */
  readonly pid: number | undefined
}

export interface Round extends Told {
  /** Cores; NaN where CPU is not accounted for. */
  readonly cores: number
  readonly coresWithDatabase: number
  /** Requests; NaN where CPU is not accounted for. */
  readonly perCpuSecond: number
  readonly perCpuSecondWithDatabase: number
}

/** Beyond what was ordered: to start, to connect, to hear the last answers, to sort what was measured. */
const DRIVER_GRACE_MS = 15_000

/** One spell of load. CPU is read when the driver starts to count and when it has stopped. */
export async function round({ order, pid }: Load): Promise<Round> {
  const driver = Bun.spawn([process.execPath, join(import.meta.dir, 'driver.ts')], {
    stdin: new Blob([JSON.stringify(order)]),
    stdout: 'pipe',
    stderr: 'inherit',
    env: {},
    timeout: order.warmUpMs + order.countedMs + DRIVER_GRACE_MS,
    killSignal: 'SIGKILL',
  })
  const used = () => (pid === undefined ? { own: Number.NaN, database: Number.NaN } : cpuOf(pid))
  let [before, after] = [used(), used()]
  let told: Told | undefined
  for await (const line of linesOf(driver.stdout)) {
    if (line === 'counting') before = used()
    else if (line === 'counted') after = used()
    else told = JSON.parse(line)
  }
  if (!told) throw new Error(`the driver ended by ${driver.signalCode ?? (await driver.exited)} and told nothing`)
  const own = after.own - before.own
  const database = after.database - before.database
  const [alone, together] = [own, own + database]
  return {
    ...told,
    cores: alone / told.seconds,
    coresWithDatabase: together / told.seconds,
    perCpuSecond: told.requests / alone,
    perCpuSecondWithDatabase: told.requests / together,
  }
}

async function* linesOf(bytes: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let text = ''
  for await (const chunk of bytes) {
    const lines = `${text}${new TextDecoder().decode(chunk)}`.split('\n')
    text = lines.pop() ?? ''
    yield* lines
  }
}

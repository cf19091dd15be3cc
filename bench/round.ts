import { join } from 'node:path'
import type { Order, Told } from './driver.ts'
import { cpuOf } from './process.ts'

export interface Load {
  readonly order: Order
  /** Of the process whose CPU is accounted for. */
  readonly pid: number | undefined
}

export interface Round extends Told {
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
  return { ...told, perCpuSecond: told.requests / own, perCpuSecondWithDatabase: told.requests / (own + database) }
}

async function* linesOf(bytes: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let text = ''
  for await (const chunk of bytes) {
    const lines = `${text}${new TextDecoder().decode(chunk)}`.split('\n')
    text = lines.pop() ?? ''
    yield* lines
  }
}

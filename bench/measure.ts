import { join } from 'node:path'
import type { Controller } from './controller.ts'
import type { Order, Told } from './driver.ts'
import type { Target } from './payloads.ts'
import { cpuOf, type Served, serve } from './process.ts'
import type { Row } from './rows/row.ts'
import { median, type Spread, spreadOf } from './statistics.ts'

export interface Pace {
  readonly rounds: number
  readonly warmUpMs: number
  readonly countedMs: number
}

export interface Measured {
  readonly row: Row
  /** Requests per CPU-second over the yardstick's, of each pair of rounds. Absent where CPU cannot be accounted for. */
  readonly ratio?: Spread
  readonly ratioWithDatabase?: Spread
  readonly requestsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly errors: readonly string[]
  /** The driver's own ceiling: what it gets out of the yardstick. */
  readonly yardstickPerSecond: number
}

interface Round extends Told {
  readonly perCpuSecond: number
  readonly perCpuSecondWithDatabase: number
}

/** Controller and yardstick in turn, so that a machine that slows down slows both. */
export async function measure(
  row: Row,
  controller: Controller,
  targets: readonly Target[],
  pace: Pace,
): Promise<Measured> {
  const { replyBytes } = await round(row, controller.url, undefined, targets, { ...pace, warmUpMs: 50, countedMs: 100 })
  const yardstick = await startYardstick(replyBytes)
  const ours: Round[] = []
  const theirs: Round[] = []
  try {
    for (let i = 0; i < pace.rounds; i++) {
      ours.push(await round(row, controller.url, controller.pid, targets, pace))
      theirs.push(await round(row, yardstick.url, yardstick.pid, targets, pace))
    }
  } finally {
    await yardstick.stop()
  }
  const over = (key: 'perCpuSecond' | 'perCpuSecondWithDatabase') =>
    spreadOf(ours.map((each, i) => each[key] / (theirs[i]?.perCpuSecond ?? Number.NaN)))
  const perSecond = (rounds: readonly Round[]) => median(rounds.map(({ requests, seconds }) => requests / seconds))
  return {
    row,
    ...(controller.pid !== undefined && {
      ratio: over('perCpuSecond'),
      ratioWithDatabase: over('perCpuSecondWithDatabase'),
    }),
    requestsPerSecond: perSecond(ours),
    p50Ms: median(ours.map(({ p50Ms }) => p50Ms)),
    p99Ms: median(ours.map(({ p99Ms }) => p99Ms)),
    errors: [...ours, ...theirs].flatMap(({ errors }) => errors),
    yardstickPerSecond: perSecond(theirs),
  }
}

const startYardstick = (replyBytes: number): Promise<Served> =>
  serve(
    [process.execPath, join(import.meta.dir, 'yardstick.ts'), `${replyBytes}`, `${replyBytes}`],
    import.meta.dir,
    {},
  )

/** CPU is read when the driver starts to count and when it has stopped. */
async function round(
  row: Row,
  url: string,
  pid: number | undefined,
  targets: readonly Target[],
  pace: Pace,
): Promise<Round> {
  const { workload, connections, nodes } = row
  const order: Order = {
    url,
    workload,
    connections,
    targets: targets.slice(0, nodes),
    warmUpMs: pace.warmUpMs,
    countedMs: pace.countedMs,
  }
  const driver = Bun.spawn([process.execPath, join(import.meta.dir, 'driver.ts')], {
    stdin: new Blob([JSON.stringify(order)]),
    stdout: 'pipe',
    stderr: 'inherit',
  })
  const used = () => (pid === undefined ? { own: Number.NaN, database: Number.NaN } : cpuOf(pid))
  let before = used()
  let said = ''
  let counting = false
  for await (const chunk of driver.stdout) {
    said += new TextDecoder().decode(chunk)
    if (counting || !said.startsWith('counting\n')) continue
    counting = true
    before = used()
  }
  const after = used()
  const line = said.split('\n')[1]
  if (!line) throw new Error(`the driver said nothing: ${said}`)
  const told: Told = JSON.parse(line)
  const own = after.own - before.own
  return {
    ...told,
    perCpuSecond: told.requests / own,
    perCpuSecondWithDatabase: told.requests / (own + after.database - before.database),
  }
}

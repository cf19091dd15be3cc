import { performance } from 'node:perf_hooks'
import { Connection } from './connection.ts'
import { isAnswered, requestsFor, type Target, variants, type WorkloadName } from './payloads.ts'
import { percentile } from './statistics.ts'
import { Tally } from './tally.ts'

/* The load, in a process of its own: connections that each send the next request when the last is answered. */

export interface Order {
  readonly url: string
  readonly workload: WorkloadName
  readonly targets: readonly Target[]
  readonly connections: number
  /** What answers: a controller says of the node what it knows, the yardstick always the same. */
  readonly answers: 'controller' | 'yardstick'
  /** How long an answer is, give or take a tenth. */
  readonly replyBytes: number
  readonly warmUpMs: number
  readonly countedMs: number
}

export interface Told {
  readonly requests: number
  readonly seconds: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** How much of a core the driver itself used, meanwhile. */
  readonly driverCores: number
  readonly errors: number
  /** The first few errors, in words. */
  readonly faults: readonly string[]
}

/** Of every answer status and length are looked at, of one in this many of each connection the content. */
const LOOK_EVERY = 50
/** How long an answer that is under way at the end is waited for. */
const LAST_ANSWERS_MS = 2_000

/** Says when it starts to count and when it has stopped, so that CPU can be read just then. */
export async function drive(order: Order, say: (mark: 'counting' | 'counted') => void): Promise<Told> {
  const tally = new Tally()
  const url = new URL(order.url)
  const requests = order.targets.map((target) => requestsFor(order.workload, target, url.host))
  const open = Array.from({ length: order.connections }, (_, i) => converse(order, url, requests, tally, i))

  await Bun.sleep(order.warmUpMs)
  tally.start()
  const startedMs = performance.now()
  const usedBefore = process.cpuUsage()
  say('counting')
  await Bun.sleep(order.countedMs)
  tally.stop()
  const { user, system } = process.cpuUsage(usedBefore)
  const seconds = (performance.now() - startedMs) / 1000
  say('counted')

  const unanswered = Bun.sleep(LAST_ANSWERS_MS).then(() => tally.fault('an answer did not come'))
  await Promise.race([Promise.all(open.map(({ closed }) => closed)), unanswered])
  const { latenciesMs, errors, faults } = tally
  const [p50Ms, p99Ms] = [percentile(latenciesMs, 0.5), percentile(latenciesMs, 0.99)]
  const driverCores = (user + system) / 1e6 / seconds
  return { requests: latenciesMs.length, seconds, p50Ms, p99Ms, driverCores, errors, faults }
}

/** Connection i speaks for every so many-th node; each round of the fleet sends the next variant. */
function converse(
  order: Order,
  url: URL,
  requests: readonly (readonly Buffer[])[],
  tally: Tally,
  index: number,
): Connection {
  let turn = index
  let sentMs = 0
  const node = () => turn % requests.length
  const variant = () => Math.floor(turn / requests.length) % variants
  const send = (connection: Connection) => {
    sentMs = performance.now()
    connection.send(requests[node()]?.[variant()] ?? Buffer.alloc(0))
  }
  let answers = 0
  return new Connection(url, {
    opened: send,
    answered({ status, body }, connection) {
      const looks = answers++ % LOOK_EVERY === 0
      const fault = faultOf(
        order,
        status,
        body,
        looks ? { target: order.targets[node()], variant: variant() } : undefined,
      )
      if (fault === undefined) tally.answered(performance.now() - sentMs)
      else tally.fault(fault)
      turn += order.connections
      if (tally.over) connection.end()
      else send(connection)
    },
    failed: (why) => tally.fault(why),
  })
}

interface Sent {
  readonly target: Target | undefined
  readonly variant: number
}

function faultOf(order: Order, status: number, body: Buffer, sent: Sent | undefined): string | undefined {
  const off = Math.abs(body.length - order.replyBytes)
  if (status !== 202 || off > order.replyBytes / 10)
    return `${status}, ${body.length} bytes: ${body.toString('utf8', 0, 200)}`
  if (sent === undefined) return undefined
  const { data } = JSON.parse(body.toString('utf8'))
  const right =
    order.answers === 'yardstick'
      ? data?.id === 'yardstick'
      : sent.target !== undefined && isAnswered(order.workload, sent.target.nodeId, sent.variant, data)
  return right ? undefined : `not what was asked for: ${body.toString('utf8', 0, 200)}`
}

if (import.meta.main) {
  const told = await drive(JSON.parse(await Bun.stdin.text()), (mark) => console.log(mark))
  console.log(JSON.stringify(told))
  process.exit(0)
}

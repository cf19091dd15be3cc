import { performance } from 'node:perf_hooks'
import { variants } from '../payloads.ts'
import { percentile } from '../statistics.ts'
import { requestsFor, type Target } from '../workloads.ts'
import { type Expected, faultOf } from './check.ts'
import { Connection } from './connection.ts'
import { type Due, type Stream, scheduleOf } from './schedule.ts'
import { Tally } from './tally.ts'
import { counted, type Say, type Times, type Told } from './told.ts'

/**
 * Requests that are sent when they are due, whether or not what was sent before is answered. What waits for a free
 * connection has waited all the same: latency is counted from the time that was due.
 */
export interface OpenOrder extends Times {
  readonly loop: 'open'
  readonly url: string
  readonly answers: Expected['answers']
  readonly targets: readonly Target[]
  readonly streams: readonly Stream[]
  readonly connections: number
}

/** Of every answer status and length are looked at, of one in this many the content. */
const LOOK_EVERY = 50
const VARIANTS_READY = 4
const PROBE: Stream = { workload: 'probe', everyMs: 20, replyBytes: Number.NaN }

export async function driveOpen(order: OpenOrder, say: Say): Promise<Told> {
  const fleet = new Sender(order, order.streams, order.connections)
  // On a connection of its own, so that it waits for nothing but the one who answers.
  const probing = { ...order, targets: [{ nodeId: '', token: '' }] }
  const probe = new Sender(probing, [PROBE], 1)
  await Promise.all([fleet.opened, probe.opened])
  for (const sender of [fleet, probe]) sender.begin()
  const [told, probed] = await Promise.all([
    counted(order, fleet.tally, fleet.connections, say),
    counted(order, probe.tally, probe.connections, () => {}),
  ])
  return {
    ...told,
    lateP99Ms: percentile(fleet.lateMs, 0.99),
    probeP99Ms: probed.p99Ms,
    errors: told.errors + probed.errors,
    faults: [...told.faults, ...probed.faults],
  }
}

class Sender {
  readonly tally = new Tally()
  readonly lateMs: number[] = []
  readonly connections: readonly Connection[]
  /** Settles when every connection is open, or has failed. */
  readonly opened: Promise<unknown>
  readonly #order: OpenOrder
  readonly #requests: ReadonlyMap<Stream, readonly (readonly Buffer[])[]>
  readonly #schedule: Iterator<Due, never>
  /** In turn: one that nobody ever speaks on is closed. */
  readonly #idle = new Queue<Connection>()
  readonly #underWay = new Map<Connection, Due>()
  readonly #waiting = new Queue<Due>()
  #next: Due
  #beganMs = 0
  #answers = 0
  #left = false

  constructor(order: OpenOrder, streams: readonly Stream[], connections: number) {
    const url = new URL(order.url)
    this.#order = order
    this.#schedule = scheduleOf(streams, order.targets.length)
    this.#next = this.#schedule.next().value
    const many = Math.min(variants, VARIANTS_READY)
    const requests = ({ workload }: Stream) => order.targets.map((each) => requestsFor(workload, each, url.host, many))
    this.#requests = new Map(streams.map((stream) => [stream, requests(stream)]))
    const opening = Array.from({ length: connections }, () => this.#open(url))
    this.connections = opening.map(({ connection }) => connection)
    this.opened = Promise.all(opening.map(({ opened }) => opened))
  }

  begin(): void {
    this.#beganMs = performance.now()
    this.#tick()
  }

  #open(url: URL): { readonly connection: Connection; readonly opened: Promise<void> } {
    const { promise: opened, resolve } = Promise.withResolvers<void>()
    const connection = new Connection(url, {
      opened: (connection) => {
        this.#idle.push(connection)
        resolve()
      },
      answered: (answer, connection) => this.#answered(answer, connection),
      failed: (why) => {
        this.tally.fault(why)
        resolve()
      },
    })
    return { connection, opened }
  }

  /** Notes what has become due, and sends as much of what waits as there are free connections for. */
  #tick(): void {
    const nowMs = performance.now() - this.#beganMs
    for (; this.#next.atMs <= nowMs; this.#next = this.#schedule.next().value) {
      this.lateMs.push(nowMs - this.#next.atMs)
      this.#waiting.push(this.#next)
    }
    this.#sendWaiting()
    if (this.tally.over) this.#leave()
    else setTimeout(() => this.#tick(), Math.max(0, this.#next.atMs - nowMs))
  }

  #sendWaiting(): void {
    while (this.#waiting.length > 0 && this.#idle.length > 0 && !this.tally.over) {
      const [connection, due] = [this.#idle.shift(), this.#waiting.shift()]
      if (!connection || !due) return
      this.#underWay.set(connection, due)
      connection.send(this.#sent(due))
    }
  }

  #sent({ stream, node, turn }: Due): Buffer {
    const requests = this.#requests.get(stream)?.[node] ?? []
    return requests[turn % requests.length] ?? Buffer.alloc(0)
  }

  #answered(answer: Parameters<typeof faultOf>[1], connection: Connection): void {
    const due = this.#underWay.get(connection)
    this.#underWay.delete(connection)
    if (!due) return void this.tally.fault('an answer to nothing')
    const { workload, replyBytes } = due.stream
    const looks = this.#answers++ % LOOK_EVERY === 0
    const sent = { target: this.#order.targets[due.node], variant: due.turn % VARIANTS_READY }
    const expected = { workload, replyBytes, answers: this.#order.answers }
    const fault = faultOf(expected, answer, looks ? sent : undefined)
    if (fault === undefined) this.tally.answered(performance.now() - this.#beganMs - due.atMs)
    else this.tally.fault(fault)
    this.#idle.push(connection)
    if (this.tally.over) this.#leave()
    else this.#sendWaiting()
  }

  /** What is under way is answered first. */
  #leave(): void {
    if (!this.#left) this.tally.leftWaiting(this.#waitingMs())
    this.#left = true
    for (let each = this.#idle.shift(); each; each = this.#idle.shift()) each.end()
  }

  #waitingMs(): readonly number[] {
    const nowMs = performance.now() - this.#beganMs
    const waiting = [...this.#underWay.values(), ...this.#waiting.rest()]
    return waiting.map(({ atMs }) => nowMs - atMs)
  }
}

/** First in, first out, however long it grows. */
class Queue<T> {
  #items: T[] = []
  #from = 0

  get length(): number {
    return this.#items.length - this.#from
  }

  push(item: T): void {
    this.#items.push(item)
  }

  shift(): T | undefined {
    const item = this.#items[this.#from++]
    if (this.#from < this.#items.length) return item
    this.#items = []
    this.#from = 0
    return item
  }

  rest(): readonly T[] {
    return this.#items.slice(this.#from)
  }
}

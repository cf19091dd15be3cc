import { performance } from 'node:perf_hooks'
import { variants } from '../payloads.ts'
import { requestsFor, type Target, workloads } from '../workloads.ts'
import { type Expected, faultOf } from './check.ts'
import { Connection } from './connection.ts'
import { Tally } from './tally.ts'
import { counted, type Say, type Times, type Told } from './told.ts'

/** Connections that each send the next request when the last is answered: as many as whoever answers can bear. */
export interface ClosedOrder extends Expected, Times {
  readonly loop: 'closed'
  readonly url: string
  readonly targets: readonly Target[]
  readonly connections: number
}

/** Of every answer status and length are looked at, of one in this many of each connection the content. */
const LOOK_EVERY = 50
/** Requests that are kept ready, whatever the fleet. */
const READY_MAX = 20_000

export async function driveClosed(order: ClosedOrder, say: Say): Promise<Told> {
  const tally = new Tally()
  const url = new URL(order.url)
  const many = Math.max(2, Math.min(variants, Math.floor(READY_MAX / order.targets.length)))
  const requests = order.targets.map((target) => requestsFor(order.workload, target, url.host, many))
  const open = Array.from({ length: order.connections }, (_, i) => converse(order, url, requests, tally, i))
  return counted(order, tally, open, say)
}

/** Connection i speaks for every so many-th node; each round of the fleet sends the next variant. */
function converse(
  order: ClosedOrder,
  url: URL,
  requests: readonly (readonly Buffer[])[],
  tally: Tally,
  index: number,
): Connection {
  const { handsOut } = workloads[order.workload]
  let turn = index
  let sentMs = 0
  const node = () => turn % requests.length
  const variant = () => Math.floor(turn / requests.length) % (requests[node()]?.length ?? 1)
  const send = (connection: Connection) => {
    sentMs = performance.now()
    connection.send(requests[node()]?.[variant()] ?? Buffer.alloc(0))
  }
  let answers = 0
  return new Connection(url, {
    opened: send,
    answered(answer, connection) {
      const looks = handsOut || answers++ % LOOK_EVERY === 0
      const sent = looks ? { target: order.targets[node()], variant: variant() } : undefined
      const fault = faultOf(order, answer, sent)
      if (fault !== undefined) tally.fault(fault)
      else tally.answered(performance.now() - sentMs, handsOut && JSON.parse(answer.body.toString()).data.id)
      turn += order.connections
      if (tally.over) connection.end()
      else send(connection)
    },
    failed: (why) => tally.fault(why),
  })
}

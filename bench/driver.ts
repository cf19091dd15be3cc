import { performance } from 'node:perf_hooks'
import { AnswerReader } from './http-client.ts'
import { requestsFor, type Target, type Workload } from './payloads.ts'
import { percentile } from './statistics.ts'

/* The load, in a process of its own: connections that each send the next request when the last is answered. */

export interface Order {
  readonly url: string
  readonly workload: Workload
  readonly targets: readonly Target[]
  readonly connections: number
  readonly warmUpMs: number
  readonly countedMs: number
}

export interface Told {
  readonly requests: number
  readonly seconds: number
  readonly errors: readonly string[]
  readonly p50Ms: number
  readonly p99Ms: number
  readonly replyBytes: number
}

/** Of every answer status and length are looked at, of one in a hundred the content. */
const LOOK_EVERY = 100
const ERRORS_KEPT = 5

async function drive({ url, workload, targets, connections, warmUpMs, countedMs }: Order): Promise<void> {
  const { hostname, port, host } = new URL(url)
  const requests = targets.map((target) => requestsFor(workload, target, host))
  const state = { counting: false, over: false, latenciesMs: [] as number[], errors: [] as string[], replyBytes: 0 }
  const open = Array.from({ length: connections }, (_, i) => converse(i))

  await Bun.sleep(warmUpMs)
  state.counting = true
  const startedMs = performance.now()
  console.log('counting')
  await Bun.sleep(countedMs)
  state.over = true
  const seconds = (performance.now() - startedMs) / 1000
  const { latenciesMs, errors, replyBytes } = state
  const told: Told = {
    requests: latenciesMs.length,
    seconds,
    errors,
    p50Ms: percentile(latenciesMs, 0.5),
    p99Ms: percentile(latenciesMs, 0.99),
    replyBytes,
  }
  console.log(JSON.stringify(told))
  await Promise.all(open)

  async function converse(index: number): Promise<void> {
    const reader = new AnswerReader()
    let turn = index
    let sentMs = 0
    let target: Target | undefined
    const send = (socket: { write(bytes: Buffer): number }) => {
      target = targets[turn % targets.length]
      const variants = requests[turn % requests.length] ?? []
      turn += connections
      sentMs = performance.now()
      socket.write(variants[turn % variants.length] ?? Buffer.alloc(0))
    }
    const socket = await Bun.connect({
      hostname,
      port: Number(port),
      socket: {
        open: send,
        data(socket, bytes) {
          for (const { status, body } of reader.push(bytes)) {
            const fault = faultOf(status, body, target, turn)
            if (fault && state.errors.length < ERRORS_KEPT) state.errors.push(fault)
            if (state.counting && !fault) state.latenciesMs.push(performance.now() - sentMs)
            state.replyBytes = body.length
            if (state.over) socket.end()
            else send(socket)
          }
        },
        close: () => {
          if (!state.over) state.errors.push('the connection was closed')
        },
        error: (_, error) => void state.errors.push(String(error)),
      },
    })
    while (socket.readyState > 0) await Bun.sleep(5)
  }
}

function faultOf(status: number, body: string, target: Target | undefined, turn: number): string | undefined {
  if (status !== 202 || body.length < 100) return `${status} ${body.slice(0, 200)}`
  if (turn % LOOK_EVERY !== 0) return undefined
  const { data } = JSON.parse(body)
  // The yardstick's answer is the same for all; a controller's is about the node that asked.
  const about = data.id ?? data.frame?.nodeId
  return about === undefined || about === 'yardstick' || about === target?.nodeId
    ? undefined
    : `an answer about ${about}`
}

if (import.meta.main) {
  await drive(JSON.parse(await Bun.stdin.text()))
  process.exit(0)
}

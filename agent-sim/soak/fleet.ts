import { setTimeout as sleep } from 'node:timers/promises'
import { agentOf } from '../agent.ts'
import type { ShownJob } from '../checkers/facts.ts'
import { runAgents } from '../run.ts'
import { roomOf } from '../sound/room.ts'
import { speechLike } from '../sound/speech.ts'
import type { Answer, Call } from '../wire/call.ts'
import { type Client, clientOf } from '../wire/client.ts'
import { systemClock } from './clock.ts'
import { ADDRESS, type Ledger } from './ledger.ts'
import { dataOf, type Owner } from './owner.ts'
import type { NodePlan, Order, Plan } from './plan.ts'

const HEARTBEAT_MS = 500
const LOOK_AGAIN_MS = 150

/**
 * Recorders that live in this process, each with someone who orders recordings of it. Nothing that happens to the controller
 * ends them.
 */
export class Fleet {
  readonly #ask: Call
  readonly #clients: readonly Client[]
  readonly #enough = new AbortController()
  readonly #leaving = new AbortController()
  readonly #agents: readonly Promise<void>[]
  readonly #operators: readonly Promise<void>[]

  private constructor(ask: Call, ledger: Ledger, nodes: readonly Enrolled[]) {
    this.#ask = ask
    this.#clients = nodes.map(({ nodeId, token }) => clientOf({ fetch: ledger.network, url: ADDRESS, nodeId, token }))
    this.#agents = nodes.map((node) => this.#record(node, ledger))
    this.#operators = nodes.map((node) => this.#order(node))
  }

  static async enrol({ nodes }: Plan, { ask }: Owner, ledger: Ledger): Promise<Fleet> {
    const enrolled: Enrolled[] = []
    for (const plan of nodes) {
      const json = { alias: `Hall ${plan.seed}`, hostname: 'h', location: { site: 's', room: 'r' }, interfaces: [] }
      const { node, credential } = dataOf<Enrolment>(await ask({ method: 'POST', path: '/nodes/enroll', json }))
      enrolled.push({ plan, nodeId: node.id, token: credential.token })
    }
    return new Fleet(ask, ledger, enrolled)
  }

  /** Nothing new is ordered. */
  async orderNoMore(): Promise<void> {
    this.#enough.abort()
    await Promise.all(this.#operators)
  }

  async end(): Promise<void> {
    await this.orderNoMore()
    this.#leaving.abort()
    await Promise.all(this.#agents)
  }

  /** Every recorder says of every job that it has failed, and was cancelled; by now none of them is asked. */
  async speakOutOfTurn(jobs: readonly ShownJob[]): Promise<void> {
    for (const { id } of jobs) {
      for (const client of this.#clients) {
        await client.jobFailed(id, 'out of turn')
        await client.jobCancelled(id, 'out of turn')
      }
    }
  }

  #record({ plan, nodeId, token }: Enrolled, { network }: Ledger): Promise<void> {
    const room = roomOf(speechLike({ seed: plan.seed, durationSeconds: 10 }), systemClock.nowMs())
    const timing = { heartbeatMs: HEARTBEAT_MS, jobPollMs: HEARTBEAT_MS }
    const agent = agentOf({ fetch: network, url: ADDRESS, nodeId, token, room, ...timing })
    return runAgents([agent], systemClock, this.#leaving.signal)
  }

  async #order({ plan, nodeId }: Enrolled): Promise<void> {
    for (let turn = 0; !this.#enough.signal.aborted; turn++) {
      const order = plan.orders[turn % plan.orders.length]
      if (order) await this.#carryOut(order, nodeId)
    }
  }

  /** A recorder of JACK sends one file, whatever its length. */
  async #carryOut({ inChunks, stopAfterMs }: Order, nodeId: string): Promise<void> {
    const json = { nodeId, recordingProfileId: 'voice-wav', ...(!inChunks && { captureBackend: 'jack' }) }
    const started = await this.#ask({ method: 'POST', path: '/recordings', json })
    if (!started.ok) return void (await sleep(LOOK_AGAIN_MS))
    const path = `/recordings/${dataOf<{ id: string }>(started).id}`
    if (stopAfterMs !== undefined) {
      await sleep(stopAfterMs)
      await this.#patiently(async () => (await this.#ask({ method: 'POST', path: `${path}/stop` })).ok)
    }
    await this.#patiently(async () => isOver(await this.#ask({ method: 'GET', path })))
  }

  async #patiently(holds: () => Promise<boolean>): Promise<void> {
    while (!this.#enough.signal.aborted && !(await holds())) await sleep(LOOK_AGAIN_MS)
  }
}

const isOver = (answer: Answer) => answer.ok && dataOf<{ status: string }>(answer).status !== 'recording'

interface Enrolment {
  readonly node: { readonly id: string }
  readonly credential: { readonly token: string }
}

interface Enrolled {
  readonly plan: NodePlan
  readonly nodeId: string
  readonly token: string
}

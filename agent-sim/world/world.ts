import { createHash } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import { memoryMedia } from '../../adapters/media/memory.ts'
import { openMemory } from '../../adapters/storage/memory/open.ts'
import { mount } from '../../hosts/elysia.ts'
import { roomtone } from '../../hosts/roomtone.ts'
import { type Agent, agentOf } from '../agent.ts'
import { type Call, callOf, type Fetch } from '../call.ts'
import { enroll } from '../enroll.ts'
import { anonymous } from '../inventory.ts'
import { roomOf } from '../room.ts'
import type { Sound } from '../wav.ts'
import { calm, type Faults, lineTo } from './faults.ts'
import { RunQueue } from './run-queue.ts'
import { seededFrom } from './seeded.ts'

export interface WorldOptions {
  readonly seed: number
  readonly nodes: number
  /** What is heard in every room. */
  readonly sound: Sound
  readonly leaseMs?: number
  readonly captureSeconds?: number
  readonly adhocChunkSeconds?: number
}

export interface WorldNode {
  readonly nodeId: string
  readonly agent: Agent
  /** When it is switched on. */
  readonly bootMs: number
}

/**
 * A whole fleet and its real controller in one process: the agents call its `fetch`, its storage is memory, and time moves when
 * it is told to. The same seed gives the same world, so what went wrong in one goes wrong again.
 */
export interface World {
  readonly nodes: readonly WorldNode[]
  readonly chance: () => number
  readonly nowMs: () => number
  /** As the owner would, on a line without faults. */
  readonly owner: Call
  /** The bytes of an answer to the owner. */
  bytes(path: string): Promise<Uint8Array>
  /** The lines to all nodes are as good as this from now on. */
  weather(faults: Faults): void
  /** Lets time go by: everything that is due in it happens, each at its moment. */
  run(durationMs: number): Promise<void>
  /** A digest of all that the controller was asked and has answered, with the moments. */
  trace(): string
}

const URL = 'http://localhost'
const START_MS = Date.UTC(2026, 0, 5, 8)
const RUNNERS_EVERY_MS = 1_000
const BOOT_WITHIN_MS = 5_000
const OWNER = { email: 'owner@example.org', name: 'Owner', password: 'a password' }

export async function worldOf(options: WorldOptions): Promise<World> {
  const { seed, nodes: count, leaseMs = 30_000, captureSeconds = 60, adhocChunkSeconds = 10 } = options
  const { chance, ...seeded } = seededFrom(seed)
  const queue = new RunQueue(START_MS)
  const trace = createHash('sha256')
  let faults = calm
  let answering = 0

  const controller = await roomtone({
    ...seeded,
    storage: openMemory,
    media: memoryMedia(),
    owner: { ...OWNER, password: async () => OWNER.password },
    ticketKeys: [{ secret: 'a world signs what nobody else reads' }],
    settings: { leaseMs, offlineAfterSeconds: 120, captureSeconds, adhocChunkSeconds, uploadBytesMax: 2 ** 30 },
    now: () => queue.nowMs,
  })
  const answer = mount(controller.handler)
  const fetch: Fetch = async (request) => {
    const askedMs = queue.nowMs
    const response = await counted(async () => answer(request))
    trace.update(`${askedMs} ${request.method} ${request.url} ${response.status}\n`)
    return response
  }
  const line = lineTo(fetch, queue, chance, () => faults)

  async function counted<T>(work: () => Promise<T>): Promise<T> {
    answering++
    return work().finally(() => answering--)
  }

  /** Until nothing moves any more without time going by. */
  async function settle(): Promise<void> {
    do await turn()
    while (answering > 0)
    await turn()
  }

  const nodes: WorldNode[] = []
  for (let i = 1; i <= count; i++) {
    const identity = { ...anonymous, alias: `Hall ${i}` }
    const { nodeId, token } = await enroll({ fetch, url: URL, ...OWNER, identity })
    const room = roomOf(options.sound, START_MS)
    const bootMs = START_MS + Math.round(chance() * BOOT_WITHIN_MS)
    nodes.push({ nodeId, bootMs, agent: agentOf({ fetch: line, url: URL, nodeId, token, room, identity }) })
  }
  const token = await signIn(fetch)
  const tick = () => {
    for (const runner of controller.runners) void counted(() => runner.tick(controller.world, queue.nowMs))
    queue.at(queue.nowMs + RUNNERS_EVERY_MS, tick)
  }
  tick()

  return {
    nodes,
    chance,
    nowMs: () => queue.nowMs,
    owner: callOf(fetch, URL, token),
    weather: (next) => {
      faults = next
    },
    trace: () => trace.copy().digest('hex'),

    async bytes(path) {
      const response = await fetch(
        new Request(`${URL}/api/v1${path}`, { headers: { authorization: `Bearer ${token}` } }),
      )
      return response.bytes()
    },

    async run(durationMs) {
      const endMs = queue.nowMs + durationMs
      for (;;) {
        const nextMs = Math.min(queue.nextMs, ...nodes.map(dueAtMs))
        if (nextMs > endMs) break
        queue.moveTo(nextMs)
        for (const each of nodes) if (dueAtMs(each) <= queue.nowMs) void each.agent.step(queue.nowMs)
        await settle()
        while (queue.runNext()) await settle()
      }
      queue.moveTo(endMs)
    },
  }
}

const dueAtMs = ({ agent, bootMs }: WorldNode) => Math.max(bootMs, agent.dueAtMs())

async function signIn(fetch: Fetch): Promise<string> {
  const answer = await callOf(fetch, URL)({ method: 'POST', path: '/auth/login', json: OWNER })
  return answer.ok ? (answer.data as { readonly token: string }).token : ''
}

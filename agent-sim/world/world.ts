import { memoryMedia } from '../../adapters/media/memory.ts'
import { openMemory } from '../../adapters/storage/memory/open.ts'
import { mount } from '../../hosts/elysia.ts'
import { roomtone } from '../../hosts/roomtone.ts'
import { type Agent, agentOf } from '../agent.ts'
import { identitiesOf } from '../fleet.ts'
import { anonymous } from '../node/inventory.ts'
import { startingAt } from '../run.ts'
import { roomOf } from '../sound/room.ts'
import type { Sound } from '../sound/wav.ts'
import { type Call, callOf } from '../wire/call.ts'
import { enroll, sessionOf } from '../wire/enroll.ts'
import { calm, type Faults, type Line, lineTo } from './faults.ts'
import { Overheard } from './overheard.ts'
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
  readonly line: Line
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
  /** Recordings of which the controller has taken audio. */
  readonly filed: ReadonlySet<string>
  /** What should never have been: an agent that fell over, audio that was refused. */
  readonly mishaps: readonly string[]
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
  let faults = calm
  const controller = await roomtone({
    ...seeded,
    storage: openMemory,
    media: memoryMedia(),
    owner: { ...OWNER, password: async () => OWNER.password },
    ticketKeys: [{ secret: 'a world signs what nobody else reads' }],
    settings: { leaseMs, offlineAfterSeconds: 120, captureSeconds, adhocChunkSeconds, uploadBytesMax: 2 ** 30 },
    now: () => queue.nowMs,
  })
  const heard = new Overheard(mount(controller.handler), () => queue.nowMs)
  const { fetch, filed, mishaps } = heard
  const token = await sessionOf(fetch, URL, OWNER)
  const owner = callOf(fetch, URL, token)
  const identities = identitiesOf('Hall', count, 'World')
  const enrolled = await enroll(owner, identities, new AbortController().signal)
  const room = roomOf(options.sound, START_MS)
  const nodes = enrolled.map((credentials, i): WorldNode => {
    const onStop = chance() < 0.5 ? 'discard' : 'upload'
    const identity = identities[i] ?? anonymous
    const line = lineTo(fetch, queue, chance, () => faults)
    const agent = agentOf({ ...credentials, fetch: line.fetch, url: URL, room, identity, onStop })
    return {
      nodeId: credentials.nodeId,
      line,
      agent: startingAt(START_MS + Math.round(chance() * BOOT_WITHIN_MS), agent),
    }
  })
  const tick = () => {
    for (const runner of controller.runners) void heard.during(() => runner.tick(controller.world, queue.nowMs))
    queue.at(queue.nowMs + RUNNERS_EVERY_MS, tick)
  }
  tick()

  return {
    nodes,
    filed,
    mishaps,
    chance,
    nowMs: () => queue.nowMs,
    owner,
    weather: (next) => {
      faults = next
    },
    trace: () => heard.trace(),

    async bytes(path) {
      const response = await fetch(
        new Request(`${URL}/api/v1${path}`, { headers: { authorization: `Bearer ${token}` } }),
      )
      return response.bytes()
    },

    async run(durationMs) {
      const endMs = queue.nowMs + durationMs
      for (;;) {
        const nextMs = Math.min(queue.nextMs, ...nodes.map(({ agent }) => agent.dueAtMs()))
        if (nextMs > endMs) break
        queue.moveTo(nextMs)
        for (const { agent } of nodes)
          if (agent.dueAtMs() <= queue.nowMs)
            agent.step(queue.nowMs).catch((error: Error) => mishaps.push(`${error.stack}`))
        await heard.settle()
        while (queue.runNext()) await heard.settle()
      }
      queue.moveTo(endMs)
    },
  }
}

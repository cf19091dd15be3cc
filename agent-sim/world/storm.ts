import type { Sound } from '../sound/wav.ts'
import { calm, type Faults } from './faults.ts'
import { judge } from './judge.ts'
import { type World, worldOf } from './world.ts'

export interface StormOptions {
  readonly seed: number
  readonly nodes?: number
  readonly faults?: Faults
}

export interface Storm {
  readonly violations: readonly string[]
  readonly trace: string
  readonly nodes: number
  readonly simulatedMs: number
  readonly recordings: number
}

const RATE_HZ = 8_000
/** Every sample tells its place, so that what is missing, doubled or out of order shows in what arrives. */
const LOOP_FRAMES = 30_000
const counting: Sound = {
  sampleRateHz: RATE_HZ,
  channelCount: 1,
  samples: Int16Array.from({ length: LOOP_FRAMES }, (_, frame) => frame),
}

const stormy: Faults = { lostRequests: 0.08, lostReplies: 0.08, repeated: 0.05, delayMsMax: 400 }
const LEASE_MS = 10_000
const CAPTURE_SECONDS = 40
const CHUNK_SECONDS = 5
const ROUNDS = 3

const CUT_MS_MAX = 30_000

/**
 * Recordings under a bad line, some of them stopped, and now and then a node that is away for longer than its lease; then the
 * line is good again, and everything has to come to its end.
 */
export async function stormOf({ seed, nodes = 6, faults = stormy }: StormOptions): Promise<Storm> {
  const lengths = { captureSeconds: CAPTURE_SECONDS, adhocChunkSeconds: CHUNK_SECONDS, leaseMs: LEASE_MS }
  const world = await worldOf({ seed, nodes, sound: counting, ...lengths })
  const begunMs = world.nowMs()
  const audioDefaults = { captureSampleRate: RATE_HZ, captureChannels: 1 }
  for (const { nodeId } of world.nodes) await ask(world, 'PATCH', `/nodes/${nodeId}`, { audioDefaults })
  await world.run(10_000)

  world.weather(faults)
  const stopped = new Map<string, boolean>()
  for (let round = 0; round < ROUNDS; round++) {
    for (const { nodeId } of world.nodes) {
      const started = await ask(world, 'POST', '/recordings', { nodeId, recordingProfileId: 'voice-wav' })
      if (started) stopped.set(started, false)
    }
    await world.run(10_000)
    if (faults !== calm) world.nodes[round % nodes]?.line.cut(LEASE_MS + world.chance() * CUT_MS_MAX)
    await world.run(10_000)
    for (const id of stopped.keys()) {
      if (world.chance() < 0.2 && (await ask(world, 'POST', `/recordings/${id}/stop`))) stopped.set(id, true)
    }
    await world.run(40_000)
  }
  world.weather(calm)
  // The longest lease reaches twenty leases beyond the capture.
  await world.run(CAPTURE_SECONDS * 1000 + 21 * LEASE_MS + 10_000)

  const [sampleCount, chunkSamples] = [CAPTURE_SECONDS * RATE_HZ, CHUNK_SECONDS * RATE_HZ]
  const measure = { calm: faults === calm, sampleCount, chunkSamples, loopFrames: LOOP_FRAMES }
  const local = new Map(world.nodes.flatMap(({ agent }) => agent.jobs()).map((job) => [job.recordingId, job.status]))
  const judged = [...stopped].map(([id, isStopped]) => {
    const status = local.get(id)
    return judge(world, { id, stopped: isStopped, ...(status && { local: status }) }, measure)
  })
  const violations = [...world.mishaps, ...(await Promise.all(judged)).flat()]
  return { violations, nodes, trace: world.trace(), simulatedMs: world.nowMs() - begunMs, recordings: stopped.size }
}

/** The id of what was asked for, where it was granted. */
async function ask(world: World, method: 'POST' | 'PATCH', path: string, json?: object): Promise<string | undefined> {
  const answer = await world.owner({ method, path, ...(json && { json }) })
  return answer.ok ? (answer.data as { readonly id: string }).id : undefined
}

import type { Sound } from '../sound/wav.ts'
import { readWav } from '../sound/wav.ts'
import { calm, type Faults } from './faults.ts'
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

/** Recordings under a bad line, some of them stopped; then the line is good again, and everything has to come to its end. */
export async function stormOf({ seed, nodes = 6, faults = stormy }: StormOptions): Promise<Storm> {
  const world = await worldOf({
    seed,
    nodes,
    sound: counting,
    leaseMs: LEASE_MS,
    captureSeconds: CAPTURE_SECONDS,
    adhocChunkSeconds: CHUNK_SECONDS,
  })
  const begunMs = world.nowMs()
  for (const { nodeId } of world.nodes)
    await order(world, 'PATCH', `/nodes/${nodeId}`, {
      audioDefaults: { captureSampleRate: RATE_HZ, captureChannels: 1 },
    })
  await world.run(10_000)

  world.weather(faults)
  const ids: string[] = []
  for (let round = 0; round < 3; round++) {
    for (const { nodeId } of world.nodes) {
      const started = await order(world, 'POST', '/recordings', { nodeId, recordingProfileId: 'voice-wav' })
      if (started?.id) ids.push(started.id)
    }
    await world.run(20_000)
    for (const id of ids) if (world.chance() < 0.2) await order(world, 'POST', `/recordings/${id}/stop`)
    await world.run(40_000)
  }
  world.weather(calm)
  // The longest lease reaches twenty leases beyond the capture.
  await world.run(CAPTURE_SECONDS * 1000 + 21 * LEASE_MS + 10_000)

  const violations = [...world.crashes, ...(await Promise.all(ids.map((id) => judge(world, id)))).flat()]
  return { violations, nodes, trace: world.trace(), simulatedMs: world.nowMs() - begunMs, recordings: ids.length }
}

interface Named {
  readonly id: string
  readonly status: string
  readonly healthStatus: string
}

async function order(
  world: World,
  method: 'GET' | 'POST' | 'PATCH',
  path: string,
  json?: object,
): Promise<Named | undefined> {
  const answer = await world.owner({ method, path, ...(json && { json }) })
  return answer.ok ? (answer.data as Named) : undefined
}

/** What is wrong with a recording after everything has had its time, in words. */
async function judge(world: World, id: string): Promise<readonly string[]> {
  const wrong = (what: string) => [`${id}: ${what}`]
  const recording = await order(world, 'GET', `/recordings/${id}`)
  if (!recording) return wrong('it is gone')
  if (recording.status === 'recording' || recording.status === 'queued') return wrong(`it is still ${recording.status}`)
  const found = await world.owner({ method: 'GET', path: `/recording-jobs?search=${id}` })
  const jobs = found.ok ? (found.data as readonly Named[]) : []
  const active = jobs.find(({ status }) => !['completed', 'failed', 'cancelled'].includes(status))
  if (jobs.length !== 1 || active) return wrong(`its jobs are ${jobs.map(({ status }) => status)}`)
  const entries = await world.owner({
    method: 'GET',
    path: `/audit-events?target=${jobs[0]?.id}&action=claim_next_group.succeeded`,
  })
  const claims = entries.ok ? (entries.data as readonly object[]).length : 0
  if (claims > 1) return wrong(`it was claimed ${claims} times`)
  if (recording.status !== 'cached' && recording.status !== 'partial') return []
  return listen(readWav(await world.bytes(`/recordings/${id}/file`)).samples).flatMap(wrong)
}

/** Where the count breaks off. */
function listen(samples: Int16Array): readonly string[] {
  for (let i = 1; i < samples.length; i++) {
    if (samples[i] !== ((samples[i - 1] ?? 0) + 1) % LOOP_FRAMES) {
      return [`sample ${i} of ${samples.length} is ${samples[i]}, after ${samples[i - 1]}`]
    }
  }
  return samples.length > 0 ? [] : ['it is empty']
}

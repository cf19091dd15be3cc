import type { TrackStatus } from '../jobs/take.ts'
import { readWav } from '../sound/wav.ts'
import type { World } from './world.ts'

type Seen = Pick<World, 'owner' | 'bytes' | 'filed'>

/** What is known of a recording by those who ordered and captured it. */
export interface Known {
  readonly id: string
  readonly stopped: boolean
  /** What became of it as its node sees it; nothing where the node never heard that it has the job. */
  readonly local?: TrackStatus
}

export interface Measure {
  /** Nothing went wrong on the line, so nothing may be missing. */
  readonly calm: boolean
  readonly sampleCount: number
  readonly chunkSamples: number
  /** The count that every sample of the room tells starts anew at. */
  readonly loopFrames: number
}

interface Shown {
  readonly id: string
  readonly status: string
  readonly healthStatus: string
}

/** What is wrong with a recording after everything has had its time, in words. */
export async function judge(world: Seen, known: Known, measure: Measure): Promise<readonly string[]> {
  const shown = await see<Shown>(world, `/recordings/${known.id}`)
  if (!shown) return [`${known.id}: it is gone`]
  const samples = hasAudio(shown) ? readWav(await world.bytes(`/recordings/${known.id}/file`)).samples : undefined
  const wrong = [
    ...ended(shown),
    ...(await claimedOnce(world, known.id)),
    ...kept(shown, known, world.filed.has(known.id)),
    ...(samples ? gaps(samples, shown.status === 'partial', measure) : []),
    ...lengths(known, measure, samples?.length ?? 0),
    ...(measure.calm ? fine(shown, known) : []),
  ]
  return wrong.map((what) => `${known.id}: ${what}`)
}

const hasAudio = ({ status }: Shown) => status === 'cached' || status === 'partial'

/** R8. */
const ended = ({ status }: Shown) => (/^(recording|queued)$/.test(status) ? [`it is still ${status}`] : [])

/** R1 and R8. */
async function claimedOnce(world: Seen, id: string): Promise<readonly string[]> {
  const jobs = (await see<readonly Shown[]>(world, `/recording-jobs?search=${id}`)) ?? []
  const active = jobs.find(({ status }) => !/^(completed|failed|cancelled)$/.test(status))
  if (jobs.length !== 1 || active) return [`its jobs are ${jobs.map(({ status }) => status)}`]
  const claims = await see<readonly object[]>(
    world,
    `/audit-events?target=${jobs[0]?.id}&action=claim_next_group.succeeded`,
  )
  return claims?.length === 1 || claims?.length === 0 ? [] : [`it was claimed ${claims?.length} times`]
}

/** R5 and R18: what was taken is there, and what a node knows to be delivered is whole. */
function kept(shown: Shown, { local }: Known, filed: boolean): readonly string[] {
  if (filed && !hasAudio(shown)) return [`audio of it was taken, and it is ${shown.status}`]
  return local === 'completed' && shown.status !== 'cached' ? [`all of it was taken, and it is ${shown.status}`] : []
}

/** R20: where the count breaks off. Of a part, whole chunks may be missing, and nothing else. */
function gaps(
  samples: Int16Array,
  isPart: boolean,
  { loopFrames, chunkSamples, sampleCount }: Measure,
): readonly string[] {
  const wholeChunks = Array.from({ length: sampleCount / chunkSamples }, (_, i) => (i * chunkSamples) % loopFrames)
  for (let i = 1; i < samples.length; i++) {
    const missing = ((samples[i] ?? 0) - (samples[i - 1] ?? 0) - 1 + loopFrames) % loopFrames
    const isSeam = isPart && i % chunkSamples === 0 && wholeChunks.includes(missing)
    if (missing !== 0 && !isSeam) return [`sample ${i} of ${samples.length} is ${samples[i]}, after ${samples[i - 1]}`]
  }
  return samples.length > 0 ? [] : ['it is empty']
}

function lengths({ local, stopped }: Known, { sampleCount }: Measure, found: number): readonly string[] {
  const whole = local === 'completed' && !stopped
  return whole && found !== sampleCount ? [`it has ${found} samples of ${sampleCount}`] : []
}

function fine({ status, healthStatus }: Shown, { stopped, local }: Known): readonly string[] {
  if (stopped) return []
  return status === 'cached' && healthStatus === 'healthy' && local === 'completed'
    ? []
    : [`nothing went wrong, and it is ${status} and ${healthStatus}; its node has it ${local}`]
}

async function see<T>(world: Seen, path: string): Promise<T | undefined> {
  const answer = await world.owner({ method: 'GET', path })
  return answer.ok ? (answer.data as T) : undefined
}

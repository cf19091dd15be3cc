import { kinOfJob, kinOfRecording, type RecordingFacts } from './access/kin.ts'
import { type Kin, kinOfTarget, type Target } from './access/target.ts'
import type { JobId, RecordingId } from './ids.ts'
import type { Live } from './live.ts'
import type { Storage } from './ports/storage.ts'
import type { Place } from './ports/stores.ts'
import type { Recording } from './recordings/recording.ts'

interface Known {
  readonly live: Live
  readonly storage: Pick<Storage, 'stores'>
}

/** What a target stands for. Nodes and their parts are live; recordings are too many for that, and are looked up. */
export function kinOf(target: Target, known: Known): readonly Kin[] | Promise<readonly Kin[]> {
  const { type, id } = target
  if (id === undefined) return []
  if (type === 'recording') return recordingFacts(id as RecordingId, known).then(kinOfRecording)
  if (type === 'recording_job') return kinOfStoredJob(target, id as JobId, known)
  return known.live.kinOf(target)
}

async function kinOfStoredJob(target: Target, id: JobId, known: Known): Promise<readonly Kin[]> {
  const job = await known.storage.stores.jobs.find(id)
  if (!job) return kinOfTarget(target) ?? []
  const node = known.live.nodes.get(job.nodeId)
  return kinOfJob({ id, recording: await recordingFacts(job.recordingId, known), ...(node && { node }) })
}

/** Of a recording that does not exist, its bare id. */
const recordingFacts = async (id: RecordingId, { live, storage }: Known): Promise<RecordingFacts> =>
  factsOf(id, (await storage.stores.recordings.placeOf(id)) ?? {}, live)

/** What a recording at hand stands for. */
export const kinOfPlaced = (recording: Recording, live: Live): readonly Kin[] =>
  kinOfRecording(factsOf(recording.id, recording, live))

function factsOf(id: RecordingId, { nodeId, roomId, scheduleId }: Place, live: Live): RecordingFacts {
  const node = nodeId && (live.nodes.get(nodeId) ?? { id: nodeId })
  return { id, ...(roomId && { roomId }), ...(scheduleId && { schedule: { id: scheduleId } }), ...(node && { node }) }
}

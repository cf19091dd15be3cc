import { type HealthEvent, settle } from '../health/health-event.ts'
import { operation, type View } from '../operation.ts'
import type { Changes } from '../ports/storage.ts'
import type { Chunk } from '../recordings/chunk.ts'
import { type Bytes, doubtUnnamed, namedBy } from '../recordings/naming.ts'
import type { Recording } from '../recordings/recording.ts'
import { ok, type Result, refuse } from '../result.ts'
import { admit, type Claimed } from './conflict.ts'
import { isActive, isRetryable, isSuperseded, type Job, newJob } from './job.ts'
import type { OfJob } from './operations.ts'
import { correlated, kinOfEach, type Selection, selected } from './selection.ts'

/** The same capture anew. What came of it before is given up, so it is asked for by people alone. */
export const retryJob = operation({
  audience: 'user',
  permission: 'recording:control',
  audit: 'recording_jobs.retry',
  target: { type: 'recording', param: 'jobId', through: 'recording_job' },

  async run({ jobId }: OfJob, view) {
    const job = await view.stores.jobs.find(jobId)
    const recording = job && (await view.stores.recordings.find(job.recordingId))
    if (!job || !recording) return refuse('not_found', 'recording_job_not_found')
    const retried = await retryAll([{ job, recording }], view)
    if (!retried.ok) return retried
    const [again] = retried.value.jobs
    const { command, nodeId } = job
    return ok({
      value: again ?? job,
      changes: retried.value.changes,
      target: { type: 'recording', id: recording.id, name: recording.name },
      details: { captureDevice: command.captureDevice, nodeId, outputFileName: command.outputFileName },
      correlationIds: { recordingId: recording.id, retryJobId: again?.id ?? '', sourceJobId: job.id },
      before: { jobStatus: job.status, recordingStatus: recording.status, givenUp: retried.value.givenUp },
      after: { jobStatus: again?.status, recordingStatus: 'recording' },
    })
  },
})

/** All of them or none. */
export const retryJobs = operation({
  audience: 'user',
  permission: 'recording:control',
  audit: 'recording_jobs.bulk_retry',
  target: { type: 'recording_collection', collection: 'recording_job_collection' },

  async run(input: Selection, view) {
    const found = await selected(input, view)
    if (!found.ok) return found
    const things = kinOfEach(found.value, view)
    const retried = await retryAll(found.value, view)
    if (!retried.ok) return { ...retried, things }
    const { jobs, changes, givenUp } = retried.value
    const sources = found.value.map(({ job }) => job)
    return ok({
      value: jobs,
      changes,
      details: {
        givenUp,
        retriedCount: jobs.length,
        sourceJobIds: sources.map(({ id }) => id),
        jobIds: jobs.map(({ id }) => id),
      },
      correlationIds: correlated(jobs),
      things,
      before: sources.map(({ id, recordingId, status }) => ({ jobId: id, recordingId, status })),
      after: jobs.map(({ id, recordingId, status }) => ({ jobId: id, recordingId, status })),
    })
  },
})

interface Retried {
  readonly jobs: readonly Job[]
  readonly changes: Changes
  /** The audio that was there. */
  readonly givenUp: readonly Bytes[]
}

async function retryAll(asked: readonly Claimed[], view: View): Promise<Result<Retried>> {
  for (const { job } of asked) if (!isRetryable(job)) return refused('job_not_retryable', job)
  const recordings = new Set<string>()
  for (const { job, recording } of asked) {
    if (recordings.has(recording.id)) return refused('duplicate_recording_selection', job)
    recordings.add(recording.id)
  }

  const begun: Claimed[] = []
  const chunks: Chunk[] = []
  const healthEvents: HealthEvent[] = []
  for (const each of asked) {
    const jobs = await view.stores.jobs.ofRecording(each.recording.id)
    if (jobs.some(isActive)) return refused('active_job_exists', each.job)
    // What came of a later one is not thrown away for the sake of an earlier.
    if (isSuperseded(each.job, jobs)) return refused('job_not_retryable', each.job)
    const again = await order(each, begun, view)
    if (!again.ok) return again
    begun.push(again.value)
    chunks.push(...(await view.stores.recordings.chunksOf(each.recording.id)))
    healthEvents.push(...(await endedBadly(each, view)))
  }
  const nodes = [...new Set(begun.map(({ job }) => job.nodeId))]
  const jobs = begun.map(({ job }) => job)
  const givenUp = [...asked.map(({ recording }) => recording), ...chunks].flatMap(namedBy)
  await doubtUnnamed(givenUp, [], view.media)
  return ok({
    jobs,
    givenUp,
    changes: {
      orderBooks: await Promise.all(nodes.map((id) => view.stores.nodes.orderBook(id))),
      recordings: begun.map(({ recording }) => recording),
      jobs,
      removed: { chunks },
      healthEvents,
    },
  })
}

/** It is let in like a new order: the channels may have been given to another since. `others` are being ordered with it. */
async function order({ job, recording }: Claimed, others: readonly Claimed[], view: View): Promise<Result<Claimed>> {
  const node = view.live.nodes.get(job.nodeId)
  if (!node) return refuse('conflict', 'node_not_found')
  const { command } = job
  const device = node.interfaces.find(({ id }) => id === command.captureInterfaceId)
  const selection = command.captureChannelSelection
  const window = { from: view.mark.at, to: view.mark.at + command.durationSeconds * 1000 }
  const claims = [
    ...(await view.stores.jobs.activeOn(node.id)),
    ...others.filter((each) => each.job.nodeId === node.id),
  ]
  const admitted = admit(node, { ...(device && { device }), ...(selection && { selection }) }, window, claims)
  if (!admitted.ok) return admitted
  const captureGroupId = admitted.value ?? `cap_${view.ids.uuid()}`
  const again = newJob(view.ids.uuid(), {
    nodeId: job.nodeId,
    recordingId: job.recordingId,
    command: { ...command, captureGroupId },
    createdAt: view.mark.at,
  })
  return ok({ job: again, recording: asBegun(recording, view) })
}

/** As if nothing had come of it yet. What people have named and filed stays. */
function asBegun(recording: Recording, { mark }: View): Recording {
  const {
    cachePath: _cachePath,
    rawCachePath: _rawCachePath,
    rawChecksum: _rawChecksum,
    enhancedCachePath: _enhancedCachePath,
    checksum: _checksum,
    sizeBytes: _sizeBytes,
    waveformPreview: _waveformPreview,
    chunkCount: _chunkCount,
    ...rest
  } = recording
  return {
    ...rest,
    status: 'recording',
    recordedAt: mark.at,
    cached: false,
    durationSeconds: 0,
    healthStatus: 'unknown',
  }
}

/** People were told that it had come to nothing; now that it is begun anew that is no longer what is wrong. */
async function endedBadly({ job, recording }: Claimed, { stores, mark }: View): Promise<readonly HealthEvent[]> {
  const unresolved = await stores.healthEvents.unresolvedOf(recording.id)
  const isItsEnd = ({ details }: HealthEvent) => details['jobId'] === job.id && details['terminalState'] === job.status
  return unresolved.filter(isItsEnd).map((event) => settle(event, mark.by.id, mark.at, 'retried'))
}

const refused = (reason: string, { id }: Job) =>
  refuse('conflict', reason, { shown: { reason }, details: { jobId: id } })

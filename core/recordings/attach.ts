import { heardSeconds } from '../audio/heard.ts'
import type { JobId, RecordingId } from '../ids.ts'
import { complete, hasLapsed, isActive as isActiveJob, isOver, type Job, takesAudio } from '../jobs/job.ts'
import { kinOfPlaced } from '../kin-of.ts'
import { type Decided, operation, type View } from '../operation.ts'
import type { Staged } from '../ports/media.ts'
import type { Changes } from '../ports/storage.ts'
import { ok, type Result, refuse } from '../result.ts'
import { type Chunk, fileChunk, isWhole, partName, placed, wholeOf } from './chunk.ts'
import { doubtUnnamed, namedBy } from './naming.ts'
import {
  boundedSeconds,
  type FiledAudio,
  file,
  filed,
  isActive,
  isDuration,
  type Recording,
  type Rendition,
} from './recording.ts'
import { judged, lost } from './trouble.ts'
import { waveformOf } from './waveform.ts'

export interface AttachInput {
  readonly recordingId: RecordingId
  readonly rendition: Rendition
  /** As the query has them. */
  readonly chunk?: string
  readonly chunkTotal?: string
  readonly jobId?: JobId
  readonly contentType?: string
  readonly fileName?: string
  /** As the header has it; it is judged only after the bytes are here. */
  readonly durationSeconds?: string
  readonly contentLength?: number
  /** The bytes, taken in once however often this is asked. */
  readonly receive: (limitBytes: number) => Promise<Result<Staged>>
}

export interface Attached {
  readonly recording: Recording
  readonly chunk?: Chunk
  readonly audio: FiledAudio
  readonly staged: Staged
}

/** The audio of a recording, whole. Its bytes are filed before the row that names them, and both before the answer. */
export const attachCacheFile = operation({
  audience: 'node',
  permission: 'recording:control',
  audit: 'recordings.cache_file.attach',
  target: { type: 'recording', param: 'recordingId' },
  urgent: true,

  async run(input: AttachInput, view) {
    const wanted = await scopeOf(input, view)
    if (!wanted.ok) return wanted
    const received = await input.receive(view.settings.uploadBytesMax)
    // While bytes came the lease was held, and perhaps a stop was asked for: what is decided is decided on what is true now.
    const scoped = await scopeOf(input, view)
    if (!scoped.ok) return scoped
    const { recording: before, job } = scoped.value
    // Who hung up has the audio still, and tries again: that is no news to anyone.
    if (!received.ok) return received.kind === 'aborted' ? received : lost(received, before, job, view)
    const staged = received.value
    if (staged.sizeBytes === 0) return lost(refuse('invalid', 'empty_file'), before, job, view)
    const duration = readDuration(input.durationSeconds)
    if (!duration.ok) return lost(duration, before, job, view)

    const place = placeOf(input)
    if (!place.ok) return lost(place, before, job, view)

    const audio = audioOf(before, input, place.value, staged, duration.value, view)
    const kept = await staged.keep(audio.path)
    if (!kept.ok) return lost(kept, before, job, view)
    const arrival: Arrived = { input, before, audio, staged, ...(job && { job }) }
    return place.value && job ? fileAsChunk(arrival, job, place.value, view) : fileAsWhole(arrival, view)
  },
})

interface Arrived {
  readonly input: AttachInput
  readonly before: Recording
  readonly job?: Job
  readonly audio: FiledAudio
  readonly staged: Staged
}

async function fileAsWhole(
  { input, before, job, audio, staged }: Arrived,
  view: View,
): Promise<Result<Decided<Attached>>> {
  const completed = job && input.rendition !== 'raw' ? complete(job, view.mark.at) : undefined
  if (completed && !completed.ok) return completed
  const filedAs = file(before, audio, input.rendition)
  const { recording, settled } =
    input.rendition === 'raw' ? { recording: filedAs, settled: [] } : await judged(filedAs, job, view)
  await doubtUnnamed(namedBy(before), namedBy(recording), view.media)
  return decided({ input, before, audio, staged }, recording, completed?.value ?? job, {
    ...(completed && completed.value !== job && { jobs: [completed.value] }),
    ...(settled.length > 0 && { healthEvents: settled }),
  })
}

/** A piece of the whole. The last one ends the job; one that comes after the job's end still counts. */
async function fileAsChunk(
  arrived: Arrived,
  job: Job,
  { index, total }: Place,
  view: View,
): Promise<Result<Decided<Attached>>> {
  const { input, before, audio, staged } = arrived
  const known = await view.stores.recordings.chunksOf(before.id)
  const { heard } = staged
  const of = { recordingId: before.id, jobId: job.id, index, rendition: input.rendition, audio, at: view.mark.at }
  const chunk = fileChunk(known, { ...of, ...(heard && { heard }) })
  const others = known.filter((each) => each.index !== index)
  const last = total !== undefined && input.rendition !== 'raw'
  const all = placed([...others, chunk], last ? total : undefined)
  const completed = last ? complete(job, view.mark.at) : undefined
  if (completed && !completed.ok) return completed

  const ended = last || !isActive(before)
  const whole = ended ? wholeOf(before, all, isWhole(all) ? 'cached' : 'partial', view.mark.at) : before
  const { recording, settled } = ended ? await judged(whole, job, view) : { recording: before, settled: [] }
  const replaced = known.filter((each) => each.index === index).flatMap(namedBy)
  await doubtUnnamed(replaced, namedBy(chunk), view.media)
  const filedChunk = all.find((each) => each.index === index) ?? chunk
  return decided({ ...arrived, chunk: filedChunk }, recording, completed?.value ?? job, {
    chunks: all.filter((each) => !known.includes(each)),
    ...(completed && completed.value !== job && { jobs: [completed.value] }),
    ...(settled.length > 0 && { healthEvents: settled }),
  })
}

function decided(
  { input, before, audio, staged, chunk }: Arrived & { readonly chunk?: Chunk },
  recording: Recording,
  job: Job | undefined,
  more: Changes,
): Result<Decided<Attached>> {
  return ok({
    value: { recording, audio, staged, ...(chunk && { chunk }) },
    // Also when it stays as it is: of two chunks that come at once, the second then sees the first.
    changes: { ...more, recordings: [recording] },
    target: { type: 'recording', id: recording.id, name: recording.name },
    details: { ...detailsOf(input, audio, job), ...(chunk && { chunkIndex: chunk.index }) },
    before: filed(before),
    after: filed(recording),
  })
}

interface Place {
  readonly index: number
  readonly total?: number
}

/** Which chunk of how many; undefined for a whole file. An agent counts from 0, people from 1. */
function placeOf({ chunk, chunkTotal }: AttachInput): Result<Place | undefined> {
  if (chunk === undefined) return ok(undefined)
  if (!/^\d{1,6}$/.test(chunk)) return refuse('invalid', 'invalid_chunk_index')
  const total = /^[1-9]\d{0,5}$/.test(chunkTotal ?? '') ? Number(chunkTotal) : undefined
  return ok({ index: Number(chunk) + 1, ...(total !== undefined && { total }) })
}

interface Scoped {
  readonly recording: Recording
  readonly job?: Job
}

/** In the order in which an agent is to learn of them: does it exist, is it mine, does it fit, is it still wanted. */
async function scopeOf(input: AttachInput, view: View): Promise<Result<Scoped>> {
  const { stores, caller, settings, live } = view
  const recording = await stores.recordings.find(input.recordingId)
  if (!recording) return refuse('not_found', 'recording_not_found')
  if (caller.type !== 'node' || recording.nodeId !== caller.id) {
    return refuse('forbidden', 'node_scope_denied', { things: [kinOfPlaced(recording, live)] })
  }
  if ((input.contentLength ?? 0) > settings.uploadBytesMax) {
    return lost(refuse('too_large', 'file_too_large'), recording, undefined, view)
  }

  const jobs = await stores.jobs.ofRecording(recording.id)
  const late = jobs[0] !== undefined && hasLapsed(jobs[0])
  if (recording.status === 'failed' && !late) return refuse('conflict', 'recording_terminal_failed')
  if (input.jobId === undefined) {
    // Whoever does not say for which job has begun with it.
    const job = jobs.find((each) => takesAudio(each) && each.status !== 'queued') ?? jobs.find(takesAudio)
    if (jobs.length > 0 && (!job || isBegunAnew(job, jobs))) return refuse('conflict', 'recording_job_not_completable')
    if (!job && input.chunk !== undefined) return refuse('conflict', 'chunk_upload_missing_job')
    return ok({ recording, ...(job && { job }) })
  }

  const job = await stores.jobs.find(input.jobId)
  if (!job) return refuse('not_found', 'recording_job_not_found')
  if (job.nodeId !== caller.id) return refuse('forbidden', 'node_scope_denied')
  if (job.recordingId !== recording.id) return refuse('forbidden', 'recording_job_scope_denied')
  const wanted = takesAudio(job) && !isBegunAnew(job, jobs)
  return wanted ? ok({ recording, job }) : refuse('conflict', 'recording_job_not_completable')
}

/** Whoever ordered it again has given up what came of a job that is over. */
const isBegunAnew = (job: Job, jobs: readonly Job[]): boolean =>
  isOver(job) && jobs.some((each) => each.id !== job.id && isActiveJob(each))

function readDuration(header: string | undefined): Result<number | undefined> {
  if (header === undefined) return ok(undefined)
  const seconds = header.trim() === '' ? Number.NaN : Number(header)
  return isDuration(seconds) ? ok(Math.round(seconds)) : refuse('invalid', 'invalid_duration')
}

/** What the header says, else what was measured, else at least one second. */
function audioOf(
  recording: Recording,
  input: AttachInput,
  place: Place | undefined,
  staged: Staged,
  said: number | undefined,
  view: View,
): FiledAudio {
  const { checksum, sizeBytes, heard } = staged
  const extension = extensionOf(input)
  const folder = recording.source === 'schedule' ? 'scheduled' : 'ad-hoc'
  const waveform = heard && waveformOf([heard], view.mark.at)
  const part = place ? `/${partName(place.index)}` : ''
  return {
    path: `${folder}/${recording.id}${part}${input.rendition === 'raw' ? '.raw' : ''}${extension}`,
    checksum,
    sizeBytes,
    durationSeconds: boundedSeconds(said ?? heardSeconds(heard) ?? Math.max(1, recording.durationSeconds)),
    ...(waveform && { waveform }),
  }
}

const mimeTypes: Readonly<Record<string, string>> = { '.wav': 'audio/wav', '.flac': 'audio/flac', '.mp3': 'audio/mpeg' }

export const mimeTypeOf = (path: string): string => mimeTypes[/\.[a-z0-9]+$/.exec(path)?.[0] ?? ''] ?? 'audio/mpeg'

function extensionOf({ fileName, contentType }: AttachInput): string {
  const named = /\.(wav|flac|mp3)$/i.exec(fileName ?? '')?.[0]?.toLowerCase()
  const typed = Object.entries(mimeTypes).find(([, type]) => type === contentType?.split(';')[0]?.trim().toLowerCase())
  return named ?? typed?.[0] ?? '.mp3'
}

const detailsOf = ({ rendition, fileName }: AttachInput, audio: FiledAudio, job: Job | undefined) => ({
  cachePath: audio.path,
  checksum: audio.checksum,
  ...(fileName !== undefined && { fileName }),
  ...(job && { jobId: job.id, jobStatus: job.status }),
  mimeType: mimeTypeOf(audio.path),
  rendition,
  size: audio.sizeBytes,
  waveformPeaks: audio.waveform?.peaks.length ?? 0,
})

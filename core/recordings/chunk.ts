import type { Heard } from '../audio/heard.ts'
import type { Instant, JobId, RecordingId } from '../ids.ts'
import type { Job } from '../jobs/job.ts'
import { boundedSeconds, type FiledAudio, kept, type Recording, type Rendition } from './recording.ts'
import { waveformOf } from './waveform.ts'

/** A closed piece of a capture, sent while the rest goes on. Its id follows from its place, so that sending it again is the same. */
export interface Chunk {
  readonly id: string
  readonly version: number
  readonly recordingId: RecordingId
  readonly jobId: JobId
  /** Counted from 1; on the wire an agent counts from 0. */
  readonly index: number
  /** How many there are, once the last has said so. */
  readonly total?: number
  readonly status: 'cached' | 'uploading' | 'uploaded' | 'partial' | 'capturing'
  readonly createdAt: Instant
  readonly cachedAt?: Instant
  readonly durationSeconds: number
  /** Where it begins in the whole. */
  readonly offsetSeconds: number
  readonly sizeBytes?: number
  readonly checksum?: string
  readonly cachePath?: string
  readonly rawCachePath?: string
  readonly rawChecksum?: string
  readonly enhancedCachePath?: string
  /** What was heard of it: enough to join it to its neighbours. */
  readonly heard?: Heard
}

export const chunkId = (recordingId: RecordingId, index: number): string => `chunk_${recordingId}_${index}`

/** What the file of a chunk is called beside its neighbours. */
export const partName = (index: number): string => `part${String(index).padStart(4, '0')}`

export interface Arrival {
  readonly recordingId: RecordingId
  readonly jobId: JobId
  readonly index: number
  readonly rendition: Rendition
  readonly audio: FiledAudio
  readonly heard?: Heard
  readonly at: Instant
}

/** A chunk has arrived, or arrived again. Raw audio is a supplement, and says nothing of how long it is. */
export function fileChunk(chunks: readonly Chunk[], { audio, rendition, heard, at, ...of }: Arrival): Chunk {
  const { recordingId, jobId, index } = of
  const known = chunks.find((each) => each.index === index)
  const fresh: Chunk = {
    id: chunkId(recordingId, index),
    version: 0,
    recordingId,
    jobId,
    index,
    status: 'capturing',
    createdAt: at,
    durationSeconds: audio.durationSeconds,
    offsetSeconds: 0,
  }
  const before = known ?? fresh
  if (rendition === 'raw') return { ...before, rawCachePath: audio.path, rawChecksum: audio.checksum }
  // What was heard of the bytes before says nothing of these.
  const { heard: _, ...base } = before
  return {
    ...base,
    status: base.status === 'uploaded' || base.status === 'partial' ? base.status : 'cached',
    cachedAt: base.cachedAt ?? at,
    durationSeconds: audio.durationSeconds,
    sizeBytes: audio.sizeBytes,
    checksum: audio.checksum,
    cachePath: audio.path,
    ...(heard && { heard }),
    ...(rendition === 'enhanced' && { enhancedCachePath: audio.path }),
  }
}

/** Each where it begins in the whole, and of how many. One that stands right is returned as it is. */
export function placed(chunks: readonly Chunk[], total: number | undefined): readonly Chunk[] {
  let offsetSeconds = 0
  return chunks
    .toSorted((a, b) => a.index - b.index)
    .map((each) => {
      const before = offsetSeconds
      offsetSeconds = boundedSeconds(offsetSeconds + each.durationSeconds)
      const stands = each.offsetSeconds === before && (total === undefined || each.total === total)
      return stands ? each : { ...each, offsetSeconds: before, ...(total !== undefined && { total }) }
    })
}

/** Those whose audio is here, in order. */
export const secured = (chunks: readonly Chunk[]): readonly Chunk[] =>
  chunks.filter(({ checksum }) => checksum !== undefined).toSorted((a, b) => a.index - b.index)

/** In fewer bytes there is the beginning of a head at most. */
const SOUND_FROM_BYTES = 64

/** A recorder that loses its power leaves a head behind, or a part of one, or nothing whole after it. */
export const hasSound = ({ heard, sizeBytes = 0 }: Chunk): boolean =>
  heard ? heard.frameCount > 0 : sizeBytes >= SOUND_FROM_BYTES

/** The recording as the sum of what has arrived. */
export function wholeOf(
  recording: Recording,
  chunks: readonly Chunk[],
  status: 'cached' | 'partial',
  at: Instant,
): Recording {
  const parts = secured(chunks)
  const sounding = parts.filter(hasSound)
  const heard = sounding.flatMap((each) => each.heard ?? [])
  const waveformPreview = heard.length === sounding.length ? waveformOf(heard, at) : undefined
  // A picture of what was there before says nothing of this.
  const { waveformPreview: _, ...rest } = recording
  const seconds = parts.reduce((sum, { durationSeconds }) => sum + durationSeconds, 0)
  return {
    ...rest,
    status: recording.status === 'uploaded' ? 'uploaded' : status,
    cached: true,
    chunkCount: parts.length,
    durationSeconds: boundedSeconds(Math.max(1, seconds)),
    ...(waveformPreview && { waveformPreview }),
  }
}

/** None is missing, and the last has said how many there are. */
export function isWhole(chunks: readonly Chunk[]): boolean {
  const parts = secured(chunks)
  const total = chunks.find((each) => each.total !== undefined)?.total
  return total !== undefined && parts.length >= total && parts.slice(0, total).every(({ index }, i) => index === i + 1)
}

/** What the end of its job means for a recording: what has arrived of it stays, and audio outlives any bad news. */
export function follow(recording: Recording, job: Job, chunks: readonly Chunk[], at: Instant): Recording {
  if (kept.has(recording.status)) return recording
  if (secured(chunks).length > 0 && job.status !== 'completed') return wholeOf(recording, chunks, 'partial', at)
  if (job.status === 'failed') return { ...recording, status: 'failed' }
  return job.status === 'cancelled' ? { ...recording, status: 'completed' } : recording
}

import type { Instant, NodeId, RecordingId, RoomId, ScheduleId } from '../ids.ts'
import type { Waveform } from './waveform.ts'

export const recordingStatuses = [
  'queued',
  'recording',
  'completed',
  'failed',
  'cached',
  'uploaded',
  'partial',
] as const
export type RecordingStatus = (typeof recordingStatuses)[number]

export const healthStatuses = ['healthy', 'warning', 'critical', 'unknown'] as const
export type HealthStatus = (typeof healthStatuses)[number]

/** Far beyond any recording, and what the column of a database still holds. */
const DURATION_SECONDS_MAX = 1_000_000_000
export const boundedSeconds = (seconds: number): number => Math.min(DURATION_SECONDS_MAX, seconds)
export const isDuration = (seconds: number): boolean => seconds >= 0 && seconds <= DURATION_SECONDS_MAX

/** What was, or is being, captured. */
export interface Recording {
  readonly id: RecordingId
  readonly version: number
  readonly name: string
  readonly folder: string
  readonly tags: readonly string[]
  readonly notes?: string
  readonly status: RecordingStatus
  readonly source: 'ad_hoc' | 'schedule'
  readonly healthStatus: HealthStatus
  readonly recordedAt: Instant
  readonly durationSeconds: number
  readonly cached: boolean
  /** Where the primary audio is said to lie; the bytes are found by path and checksum together. */
  readonly cachePath?: string
  readonly rawCachePath?: string
  readonly rawChecksum?: string
  readonly enhancedCachePath?: string
  /** `sha256:` and hex, of the primary audio. */
  readonly checksum?: string
  readonly sizeBytes?: number
  readonly waveformPreview?: Waveform
  /** Of a chunked recording: how many chunks have arrived when it ended. */
  readonly chunkCount?: number
  readonly nodeId?: NodeId
  readonly roomId?: RoomId
  readonly scheduleId?: ScheduleId
  readonly recordingProfileId?: string
  readonly retentionPolicyId?: string
  readonly uploadPolicyIds?: readonly string[]
  readonly watchdogPolicyId?: string
}

/** Audio is here, and outlives any bad news. */
export const kept: ReadonlySet<RecordingStatus> = new Set(['cached', 'uploaded', 'partial'])

export const isActive = ({ status }: Recording): boolean => status === 'queued' || status === 'recording'

export const hasAudio = ({ cachePath, chunkCount = 0, cached, status }: Recording): boolean =>
  (cachePath !== undefined || chunkCount > 0) && (cached || status === 'cached' || status === 'uploaded')

/** Stopped by hand: what is already filed stays as it is. */
export const stop = (recording: Recording): Recording =>
  isActive(recording)
    ? { ...recording, status: 'completed', durationSeconds: Math.max(1, recording.durationSeconds) }
    : recording

/** The bytes of one rendition, as they were filed. */
export interface FiledAudio {
  readonly path: string
  readonly checksum: string
  readonly sizeBytes: number
  readonly durationSeconds: number
  readonly waveform?: Waveform
}

export type Rendition = 'primary' | 'enhanced' | 'raw'

/** The audio has arrived. Raw is a supplement: it never changes what the recording is. */
export function file(recording: Recording, audio: FiledAudio, rendition: Rendition): Recording {
  if (rendition === 'raw') {
    return {
      ...recording,
      rawCachePath: audio.path,
      rawChecksum: audio.checksum,
      ...(recording.cachePath === undefined && { cachePath: audio.path, checksum: audio.checksum }),
    }
  }
  const { waveformPreview: _, ...rest } = recording
  return {
    ...rest,
    // The same bytes again must not undo what became of them.
    status: recording.checksum === audio.checksum && recording.status === 'uploaded' ? 'uploaded' : 'cached',
    cached: true,
    cachePath: audio.path,
    checksum: audio.checksum,
    sizeBytes: audio.sizeBytes,
    durationSeconds: audio.durationSeconds,
    ...(audio.waveform && { waveformPreview: audio.waveform }),
    ...(rendition === 'enhanced' && { enhancedCachePath: audio.path }),
  }
}

/** What the audit keeps of an upload. */
export const filed = ({ cachePath, cached, checksum, durationSeconds, status, waveformPreview }: Recording) => ({
  ...(cachePath !== undefined && { cachePath }),
  cached,
  ...(checksum !== undefined && { checksum }),
  durationSeconds,
  status,
  waveformPeaks: waveformPreview?.peaks.length ?? 0,
})

/** First spelling wins; "Alpha" and "alpha" are one tag. */
export function distinctTags(tags: readonly string[]): readonly string[] {
  const seen = new Set<string>()
  return tags.filter((tag) => {
    const key = tag.toLowerCase()
    return seen.has(key) ? false : seen.add(key)
  })
}

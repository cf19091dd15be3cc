import type { Instant } from '../ids.ts'
import { containsText, sameText, within } from '../text.ts'
import { type HealthStatus, hasAudio, type Recording, type RecordingStatus } from './recording.ts'

export const recordingSortKeys = [
  'durationSeconds',
  'folder',
  'healthStatus',
  'name',
  'recordedAt',
  'source',
  'status',
] as const
export type RecordingSortKey = (typeof recordingSortKeys)[number]

export interface RecordingFilter {
  readonly search?: string
  readonly folder?: string
  readonly tag?: string
  readonly status?: RecordingStatus
  readonly healthStatus?: HealthStatus
  readonly cacheState?: 'cached' | 'missing'
  readonly nodeId?: string
  readonly scheduleId?: string
  readonly recordingProfileId?: string
  readonly trackGroupId?: string
  readonly uploadPolicyId?: string
  readonly recordedFrom?: Instant
  readonly recordedTo?: Instant
  readonly sortBy?: RecordingSortKey
  readonly sortOrder?: 'asc' | 'desc'
}

export function matchesRecording(filter: RecordingFilter, recording: Recording): boolean {
  const { search, folder, tag, cacheState, uploadPolicyId, recordedFrom, recordedTo } = filter
  const same = <K extends 'status' | 'healthStatus' | 'nodeId' | 'scheduleId' | 'recordingProfileId'>(key: K) =>
    filter[key] === undefined || filter[key] === recording[key]
  return (
    same('status') &&
    same('healthStatus') &&
    same('nodeId') &&
    same('scheduleId') &&
    same('recordingProfileId') &&
    // Nothing makes multi-track recordings yet, so nothing matches.
    filter.trackGroupId === undefined &&
    (folder === undefined || containsText(recording.folder, folder)) &&
    (tag === undefined || recording.tags.some((each) => sameText(each, tag))) &&
    (cacheState === undefined || hasAudio(recording) === (cacheState === 'cached')) &&
    (uploadPolicyId === undefined || (recording.uploadPolicyIds ?? []).includes(uploadPolicyId)) &&
    within(recording.recordedAt, recordedFrom, recordedTo) &&
    (search === undefined || containsText(recordingText(recording), search))
  )
}

/** Everything in a recording that a person may search for, a line each. */
export const recordingText = (recording: Recording): string =>
  [
    ...[recording.folder, recording.id, recording.name, recording.notes, recording.nodeId],
    ...[recording.recordingProfileId, recording.scheduleId, recording.source, recording.status],
    ...[...(recording.uploadPolicyIds ?? []), ...recording.tags],
  ]
    .filter((text) => text !== undefined)
    .join('\n')

/** What a list is sorted by when it does not say: the newest, the longest, the first of the alphabet. */
export const sortOf = ({ sortBy = 'recordedAt', sortOrder }: RecordingFilter) => ({
  by: sortBy,
  order: sortOrder ?? (sortBy === 'recordedAt' || sortBy === 'durationSeconds' ? 'desc' : 'asc'),
})

/** Ties go by id, so that pages neither repeat nor skip. */
export function recordingOrder(filter: RecordingFilter): (a: Recording, b: Recording) => number {
  const { by, order } = sortOf(filter)
  const sign = order === 'asc' ? 1 : -1
  return (a, b) => sign * compare(a[by], b[by]) || compare(a.id, b.id)
}

const compare = (a: string | number, b: string | number) => (a < b ? -1 : a > b ? 1 : 0)

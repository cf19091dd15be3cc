import type { RecordingId } from '../ids.ts'
import { ending } from '../jobs/ending.ts'
import { isActive as isJobActive, requestStop } from '../jobs/job.ts'
import { type Described, operation } from '../operation.ts'
import type { Page } from '../page.ts'
import type { Media } from '../ports/media.ts'
import type { Stores } from '../ports/stores.ts'
import { ok, refuse } from '../result.ts'
import type { RecordingFilter } from './filter.ts'
import { type Joined, join } from './joined.ts'
import { hasAudio, type Recording, stop } from './recording.ts'

export interface OfRecording {
  readonly recordingId: RecordingId
}

const targetOf = ({ id, name }: Recording) => ({ type: 'recording', id, name })

export const listRecordings = operation({
  audience: 'user',
  permission: 'recording:read',
  audit: 'recordings.read',
  target: { type: 'recording_collection' },
  fold: 'read',
  invalidAs: 'invalid_filters',

  async run({ filter, page }: { readonly filter: RecordingFilter; readonly page: Page }, { stores, scope }) {
    const found = await stores.recordings.list(filter, scope, page)
    const details = { filters: filter, returnedCount: found.items.length, totalCount: found.total }
    return ok({ value: { page, found }, details })
  },
})

const one = { param: 'recordingId', type: 'recording' } as const

export const readRecording = operation({
  audience: 'user',
  permission: 'recording:read',
  audit: 'recordings.detail.read',
  target: one,
  fold: 'read',

  async run({ recordingId }: OfRecording, { stores }) {
    const recording = await stores.recordings.find(recordingId)
    return recording ? ok({ value: recording }) : refuse('not_found', 'recording_not_found')
  },
})

/** Stopping what is not active changes nothing and is no mistake. What has arrived stays as it is. */
export const stopRecording = operation({
  audience: 'user',
  permission: 'recording:control',
  audit: 'recordings.stop',
  target: one,

  async run({ recordingId }: OfRecording, view) {
    const before = await view.stores.recordings.find(recordingId)
    if (!before) return refuse('not_found', 'recording_not_found')
    const target = targetOf(before)
    const job = (await view.stores.jobs.ofRecording(recordingId)).find(isJobActive)
    if (!job) return ok({ value: before, target, details: { jobStatus: 'no_active_job' } })
    if (job.status === 'stop_requested') return ok({ value: before, target, details: { jobStatus: job.status } })

    const stopped = requestStop(job, view.mark.at)
    if (!stopped.ok) return stopped
    const { changes, recording } =
      stopped.value.status === 'cancelled'
        ? await ending(stopped.value, stop(before), view)
        : { changes: { jobs: [stopped.value], recordings: [stop(before)] }, recording: stop(before) }
    return ok({
      value: recording,
      changes,
      target,
      details: { jobId: job.id, jobStatus: stopped.value.status },
      before: { cached: before.cached, status: before.status, jobStatus: job.status },
      after: { cached: recording.cached, status: recording.status, jobStatus: stopped.value.status },
    })
  },
})

/** What a player is told before it asks for the bytes. */
const prepare = (what: Pick<Described, 'permission' | 'audit' | 'succeededAs' | 'failedAs'>, prefix: string) =>
  operation({
    ...what,
    audience: 'user',
    target: one,

    async run({ recordingId }: OfRecording, { stores, ids, mark }) {
      const recording = await stores.recordings.find(recordingId)
      if (!recording) return refuse('not_found', 'recording_not_found')
      if (!hasAudio(recording)) return refuse('conflict', 'recording_not_cached')
      const id = `${prefix}_${ids.uuid()}`
      const correlationIds = { [`${prefix}Id`]: id, recordingId }
      return ok({ value: { recording, id, at: mark.at }, target: targetOf(recording), correlationIds })
    },
  })

export const startPlayback = prepare(
  {
    permission: 'recording:playback',
    audit: 'recordings.playback.start',
    succeededAs: 'recordings.playback.started',
    failedAs: 'recordings.playback.failed',
  },
  'playbackSession',
)
export const prepareDownload = prepare(
  {
    permission: 'recording:download',
    audit: 'recordings.download.prepare',
    succeededAs: 'recordings.download.prepared',
    failedAs: 'recordings.download.failed',
  },
  'download',
)

/** How long a prepared download is said to be good for. */
export const DOWNLOAD_LIFETIME_MS = 10 * 60_000

export interface ListenInput extends OfRecording {
  readonly rendition?: 'raw' | 'enhanced'
}

/** The bytes of a rendition, or of the primary where it has none. One entry stands for all the ranges a player asks for. */
const audioOf = (permission: 'recording:playback' | 'recording:download', audit: string) =>
  operation({
    audience: 'user',
    permission,
    audit,
    target: one,

    async run({ recordingId, rendition }: ListenInput, { stores, media }) {
      const recording = await stores.recordings.find(recordingId)
      if (!recording) return refuse('not_found', 'recording_not_found')
      if (!hasAudio(recording)) return refuse('conflict', 'recording_not_cached')
      const filed = await openAudio(recording, rendition, stores, media)
      if (!filed) return refuse('conflict', 'recording_not_cached')
      return ok({ value: { recording, ...filed }, target: targetOf(recording) })
    },
  })

export const streamRecording = audioOf('recording:playback', 'recordings.playback.stream')
export const downloadRecording = audioOf('recording:download', 'recordings.download.file')

/** One file, or many as one. */
async function openAudio(
  recording: Recording,
  rendition: ListenInput['rendition'],
  { recordings }: Stores,
  media: Media,
): Promise<Joined | undefined> {
  const chosen = choose(recording, rendition)
  if (!chosen) return join(await recordings.chunksOf(recording.id), media)
  const audio = await media.open(chosen.path, chosen.checksum)
  return audio ? { audio, ...chosen } : undefined
}

function choose({ cachePath, checksum, rawCachePath, rawChecksum }: Recording, rendition: ListenInput['rendition']) {
  if (rendition === 'raw' && rawCachePath && rawChecksum) return { path: rawCachePath, checksum: rawChecksum }
  return cachePath && checksum ? { path: cachePath, checksum } : undefined
}

/** A recording's file for people: what its name can be on any disk. */
export const fileName = ({ name }: Recording, path: string, part = ''): string =>
  `${name.replace(/[^A-Za-z0-9_ .-]/g, '_')}${part}${/\.[a-z0-9]+$/.exec(path)?.[0] ?? '.mp3'}`

import type { RecordingId } from '../ids.ts'
import { isActive as isJobActive } from '../jobs/job.ts'
import { stopJob } from '../jobs/stopping.ts'
import { operation } from '../operation.ts'
import type { Page } from '../page.ts'
import { ok, refuse } from '../result.ts'
import type { RecordingFilter } from './filter.ts'
import type { Recording } from './recording.ts'

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

    const stopped = await stopJob({ job, recording: before }, view)
    if (!stopped.ok) return stopped
    const { recording, changes, job: after } = stopped.value
    return ok({
      value: recording,
      changes,
      target,
      details: { jobId: job.id, jobStatus: after.status },
      before: { cached: before.cached, status: before.status, jobStatus: job.status },
      after: { cached: recording.cached, status: recording.status, jobStatus: after.status },
    })
  },
})

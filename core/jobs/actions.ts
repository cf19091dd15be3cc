import { type ActionState, type Offer, offerAll } from '../access/action.ts'
import { kinOfTarget } from '../access/target.ts'
import { kinOfPlaced } from '../kin-of.ts'
import { operation } from '../operation.ts'
import type { Recording } from '../recordings/recording.ts'
import { ok, refuse } from '../result.ts'
import { isActive, isRetryable, isStoppable, isSuperseded, type Job } from './job.ts'
import { about, type OfJob } from './operations.ts'

export interface JobActions {
  readonly job: Job
  readonly recording?: Recording
  readonly actions: Readonly<Record<string, ActionState>>
  /** What stands in the way of a retry. */
  readonly retryConflict?: Job
}

export const readJobActions = operation({
  audience: 'user',
  permission: 'recording:read',
  audit: 'recording_jobs.actions.read',
  target: { type: 'recording', param: 'jobId', through: 'recording_job' },
  fold: 'read',

  async run({ jobId }: OfJob, { stores, caller, live }) {
    const job = await stores.jobs.find(jobId)
    if (!job || caller.type !== 'user') return refuse('not_found', 'recording_job_not_found')
    const recording = (await stores.recordings.find(job.recordingId)) ?? undefined
    const jobs = await stores.jobs.ofRecording(job.recordingId)
    const retryConflict = jobs.find((each) => each.id !== job.id && isActive(each))
    const kin = recording
      ? kinOfPlaced(recording, live)
      : (kinOfTarget({ type: 'recording', id: job.recordingId }) ?? [])
    const retryable = isRetryable(job) && (retryConflict !== undefined || !isSuperseded(job, jobs))
    const offers = offersFor(job, recording, retryable, retryConflict)
    const actions = offerAll(offers, caller.user, kin, live.rules)
    const value: JobActions = { job, actions, ...(recording && { recording }), ...(retryConflict && { retryConflict }) }
    return ok({ value, ...about(job) })
  },
})

function offersFor(
  job: Job,
  recording: Recording | undefined,
  retryable: boolean,
  conflict: Job | undefined,
): Record<string, Offer> {
  const all = '/api/v1/recording-jobs'
  const one = `${all}/${job.id}`
  const payload = { jobIds: [job.id] }
  const missing = recording ? undefined : 'recording_not_found'
  const notRetryable = retryable ? undefined : 'recording_job_not_retryable'
  return {
    detail: { method: 'GET', permission: 'recording:read', href: one },
    exportSelected: { method: 'POST', permission: 'recording:read', href: `${all}/export`, payload },
    retry: {
      method: 'POST',
      permission: 'recording:control',
      href: `${one}/retry`,
      obstacle: notRetryable ?? missing ?? (conflict && 'active_job_exists'),
    },
    stop: {
      method: 'POST',
      permission: 'recording:control',
      href: `${all}/bulk-stop`,
      payload,
      obstacle: isStoppable(job) ? missing : 'recording_job_not_stoppable',
    },
  }
}

import { operation, type View } from '../operation.ts'
import type { Changes } from '../ports/storage.ts'
import { type Recording, stop } from '../recordings/recording.ts'
import { ok, type Result } from '../result.ts'
import type { Claimed } from './conflict.ts'
import { ending } from './ending.ts'
import { type Job, requestStop } from './job.ts'
import { correlated, kinOfEach, type Selection, selected } from './selection.ts'

export interface Stopped {
  readonly job: Job
  readonly recording: Recording
  readonly changes: Changes
}

/** One that nobody has claimed ends with it; of one that is captured the agent is told. */
export async function stopJob({ job, recording }: Claimed, view: View): Promise<Result<Stopped>> {
  const asked = requestStop(job, view.mark.at)
  if (!asked.ok) return asked
  const stopped = stop(recording)
  if (asked.value.status === 'cancelled') {
    return ok({ job: asked.value, ...(await ending(asked.value, stopped, view)) })
  }
  return ok({ job: asked.value, recording: stopped, changes: { jobs: [asked.value], recordings: [stopped] } })
}

/** All of them or none. */
export const stopJobs = operation({
  audience: 'user',
  permission: 'recording:control',
  audit: 'recording_jobs.bulk_stop',
  target: { type: 'recording_collection', collection: 'recording_job_collection' },

  async run(input: Selection, view) {
    const found = await selected(input, view)
    if (!found.ok) return found
    const things = kinOfEach(found.value, view)
    const stopped: Stopped[] = []
    for (const each of found.value) {
      const one = await stopJob(each, view)
      if (!one.ok) return { ...one, details: { jobId: each.job.id }, shown: { reason: one.reason }, things }
      stopped.push(one.value)
    }
    const jobs = stopped.map(({ job }) => job)
    return ok({
      value: jobs,
      changes: together(stopped.map(({ changes }) => changes)),
      details: { jobIds: jobs.map(({ id }) => id), stoppedCount: jobs.length },
      correlationIds: correlated(jobs),
      things,
      before: found.value.map(stateOf),
      after: stopped.map(stateOf),
    })
  },
})

const stateOf = ({ job, recording }: Claimed) => ({
  jobId: job.id,
  recordingId: recording.id,
  recordingStatus: recording.status,
  status: job.status,
})

const together = (all: readonly Changes[]): Changes => ({
  jobs: all.flatMap(({ jobs = [] }) => jobs),
  recordings: all.flatMap(({ recordings = [] }) => recordings),
  healthEvents: all.flatMap(({ healthEvents = [] }) => healthEvents),
})

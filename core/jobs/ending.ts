import { type HealthEvent, healthOf } from '../health/health-event.ts'
import type { HealthEventId } from '../ids.ts'
import type { View } from '../operation.ts'
import type { Changes } from '../ports/storage.ts'
import { follow } from '../recordings/chunk.ts'
import type { Recording } from '../recordings/recording.ts'
import { type Job, STOP_REQUESTED } from './job.ts'

/** What the end of a job brings with it: its recording follows, and people hear of it, unless they asked for it. */
export async function ending(
  job: Job,
  recording: Recording,
  view: View,
): Promise<{ changes: Changes; event?: HealthEvent; recording: Recording }> {
  const event = job.failureReason === STOP_REQUESTED ? undefined : newsOf(job, view)
  const chunks = await view.stores.recordings.chunksOf(recording.id)
  const followed = follow(recording, job, chunks, view.mark.at)
  // Of what nobody has begun to capture nothing is known.
  if (job.startedAt === undefined && !event) {
    return { changes: { jobs: [job], recordings: [followed] }, recording: followed }
  }

  const unresolved = await view.stores.healthEvents.unresolvedOf(recording.id)
  const news = event ? [event] : []
  const judged: Recording = { ...followed, healthStatus: healthOf([...unresolved, ...news]) }
  const changes = { jobs: [job], recordings: [judged], ...(event && { healthEvents: news }) }
  return { changes, ...(event && { event }), recording: judged }
}

function newsOf(job: Job, { ids, mark }: View): HealthEvent {
  const failed = job.status === 'failed'
  return {
    id: ids.uuid() as HealthEventId,
    version: 0,
    type: failed ? 'controller.recording.job_failed' : 'controller.recording.job_cancelled',
    severity: failed ? 'critical' : 'warning',
    status: 'open',
    details: { jobId: job.id, reason: job.failureReason, source: 'recording_job_terminal', terminalState: job.status },
    nodeId: job.nodeId,
    recordingId: job.recordingId,
    openedAt: mark.at,
  }
}

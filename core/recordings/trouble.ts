import { type HealthEvent, healthOf, settle } from '../health/health-event.ts'
import { told } from '../health/news.ts'
import type { HealthEventId } from '../ids.ts'
import { hasLapsed, type Job } from '../jobs/job.ts'
import type { View } from '../operation.ts'
import type { Refusal } from '../result.ts'
import type { Recording } from './recording.ts'

const CACHE_FILE_FAILED = 'controller.recording.cache_file_failed'
const critical: ReadonlySet<string> = new Set(['empty_file', 'insufficient_storage', 'audio_storage_unavailable'])

/** Audio that was sent and could not be kept is news: somebody may still be in the room. */
export async function lost(
  refusal: Refusal,
  recording: Recording,
  job: Job | undefined,
  { stores, ids, mark }: View,
): Promise<Refusal> {
  const unresolved = await stores.healthEvents.unresolvedOf(recording.id)
  const isKnown = ({ type, details }: HealthEvent) => type === CACHE_FILE_FAILED && details['reason'] === refusal.reason
  // An agent tries again every few seconds; people are told once.
  if (unresolved.some(isKnown)) return refusal

  const event: HealthEvent = {
    id: ids.uuid() as HealthEventId,
    version: 0,
    type: CACHE_FILE_FAILED,
    severity: critical.has(refusal.reason) ? 'critical' : 'warning',
    status: 'open',
    details: { ...(job && { jobId: job.id }), reason: refusal.reason, source: 'cache_file_attach' },
    ...(recording.nodeId && { nodeId: recording.nodeId }),
    recordingId: recording.id,
    openedAt: mark.at,
  }
  const judged = { ...recording, healthStatus: healthOf([...unresolved, event]) }
  return told(refusal, { healthEvents: [event], recordings: [judged] })
}

/**
 * The audio is here: that its lease had run out, or that it could not be kept before, is no longer true trouble. What else
 * people have been told and have not resolved is what is wrong with the recording.
 */
export async function judged(recording: Recording, job: Job | undefined, { stores, mark }: View) {
  const unresolved = await stores.healthEvents.unresolvedOf(recording.id)
  const isOver = ({ type, details }: HealthEvent) =>
    type === CACHE_FILE_FAILED ||
    (job !== undefined && hasLapsed(job) && details['jobId'] === job.id && details['reason'] === job.failureReason)
  const settled = unresolved.filter(isOver).map((event) => settle(event, mark.by.id, mark.at, 'late_audio_arrived'))
  const healthStatus = healthOf(unresolved.filter((event) => !isOver(event)))
  return { recording: { ...recording, healthStatus }, settled }
}

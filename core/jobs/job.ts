import type { Instant, JobId, NodeId, RecordingId } from '../ids.ts'
import { ok, type Result, refuse } from '../result.ts'
import type { Command } from './command.ts'

export const jobStatuses = ['queued', 'running', 'stop_requested', 'cancelled', 'completed', 'failed'] as const
export type JobStatus = (typeof jobStatuses)[number]

/** The order to capture a recording. States: queued, running, stop_requested; then completed, failed or cancelled, once. */
export interface Job {
  readonly id: JobId
  readonly version: number
  readonly nodeId: NodeId
  readonly recordingId: RecordingId
  readonly status: JobStatus
  readonly command: Command
  readonly createdAt: Instant
  readonly claimedBy?: NodeId
  readonly startedAt?: Instant
  readonly lastHeartbeatAt?: Instant
  readonly leaseExpiresAt?: Instant
  readonly stopRequestedAt?: Instant
  readonly completedAt?: Instant
  readonly failureReason?: string
}

/** One that nobody has claimed yet. */
export const newJob = (uuid: string, order: Pick<Job, 'nodeId' | 'recordingId' | 'command' | 'createdAt'>): Job => ({
  ...order,
  id: `job_${uuid}` as JobId,
  version: 0,
  status: 'queued',
})

export const LEASE_EXPIRED = 'lease_expired'
export const STOP_LEASE_EXPIRED = 'stop_request_lease_expired'
/** What an agent says that was told to stop: no fault of anyone. */
export const STOP_REQUESTED = 'controller_stop_requested'
const FAILURE_REASON_LENGTH_MAX = 500

const active: ReadonlySet<JobStatus> = new Set(['queued', 'running', 'stop_requested'])

export const isActive = ({ status }: Job): boolean => active.has(status)
export const isOver = (job: Job): boolean => !isActive(job)
export const isStoppable = ({ status }: Job): boolean => status === 'queued' || status === 'running'
/** It came to nothing, and may be tried anew. */
export const isRetryable = ({ status }: Job): boolean => status === 'failed' || status === 'cancelled'
/** Another of the same recording has come to an end since, or has brought its audio. `jobs`: all of the recording, newest first. */
export const isSuperseded = (job: Job, jobs: readonly Job[]): boolean =>
  jobs[0]?.id !== job.id || jobs.some(({ status }) => status === 'completed')

/** Of the lease's length: an hour of speech takes minutes to render, and an agent says nothing until its upload. */
const FINISHING_LEASES = 20

/** A lease that reaches the end of the capture reaches well beyond it. */
function leaseUntil({ command }: Job, startedAt: Instant, now: Instant, leaseMs: number): Instant {
  const captured = startedAt + command.durationSeconds * 1000
  return captured - now <= leaseMs ? Math.max(captured, now) + FINISHING_LEASES * leaseMs : now + leaseMs
}

/** The node takes the job, for a while. Only a queued job is offered to anyone. */
export function claim(job: Job, now: Instant, leaseMs: number): Result<Job> {
  if (job.status !== 'queued') return refuse('conflict', 'job_not_claimable')
  return ok({
    ...job,
    status: 'running',
    claimedBy: job.nodeId,
    startedAt: now,
    lastHeartbeatAt: now,
    leaseExpiresAt: leaseUntil(job, now, now, leaseMs),
  })
}

/** A sign of life holds the lease. While a stop is pending it changes nothing, and the answer tells the agent why. */
export function renew(job: Job, now: Instant, leaseMs: number): Result<Job> {
  if (job.status === 'stop_requested') return ok(job)
  if (job.status !== 'running') return refuse('conflict', 'job_not_heartbeatable')
  return ok({ ...job, lastHeartbeatAt: now, leaseExpiresAt: leaseUntil(job, job.startedAt ?? now, now, leaseMs) })
}

/** A job that nobody has claimed is over at once; of a running one its agent is told. */
export function requestStop(job: Job, now: Instant): Result<Job> {
  if (job.status === 'queued') {
    return ok({ ...job, status: 'cancelled', stopRequestedAt: now, completedAt: now, failureReason: STOP_REQUESTED })
  }
  if (job.status !== 'running') return refuse('conflict', 'recording_job_not_stoppable')
  return ok({ ...job, status: 'stop_requested', stopRequestedAt: now })
}

/** What the agent reports, or the lease runner concludes. The first end stands; saying it again changes nothing. */
export function end(job: Job, status: 'failed' | 'cancelled', reason: string, now: Instant): Result<Job> {
  if (isOver(job)) return ok(job)
  return ok({ ...job, status, completedAt: now, failureReason: reason.slice(0, FAILURE_REASON_LENGTH_MAX) })
}

/** The audio arrived. A job that ended only because the clock ran out is made whole by it. */
export function complete(job: Job, now: Instant): Result<Job> {
  if (job.status === 'completed') return ok(job)
  if (!takesAudio(job)) return refuse('conflict', 'recording_job_not_completable')
  const { failureReason: _, ...rest } = job
  return ok({ ...rest, status: 'completed', completedAt: now })
}

/** Ended by the clock alone: what was captured before may still come. */
export const hasLapsed = ({ status, failureReason }: Job): boolean =>
  (status === 'failed' && failureReason === LEASE_EXPIRED) ||
  (status === 'cancelled' && failureReason === STOP_LEASE_EXPIRED)

export const takesAudio = (job: Job): boolean => isActive(job) || job.status === 'completed' || hasLapsed(job)

/** What the clock alone does to a job, if anything. */
export function lapse(job: Job, now: Instant, leaseMs: number): Job | undefined {
  const ended = (status: 'failed' | 'cancelled', failureReason: string): Job => ({
    ...job,
    status,
    failureReason,
    completedAt: now,
  })
  if (job.status === 'running' && (job.leaseExpiresAt ?? 0) <= now) return ended('failed', LEASE_EXPIRED)
  if (job.status === 'stop_requested' && (job.stopRequestedAt ?? 0) + leaseMs <= now) {
    return ended('cancelled', STOP_LEASE_EXPIRED)
  }
  return undefined
}

/** First ordered, first claimed; the tracks of one group in their own order. */
export function byTurn(a: Job, b: Job): number {
  const sameGroup = a.command.trackGroupId !== undefined && a.command.trackGroupId === b.command.trackGroupId
  const byTrack = sameGroup ? (a.command.trackIndex ?? 0) - (b.command.trackIndex ?? 0) : 0
  return byTrack || a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1)
}

/** The first of the queue, with all of its capture group: they are captured together or not at all. */
export function nextGroup(queue: readonly Job[]): readonly Job[] {
  const first = queue[0]
  if (!first) return []
  const group = first.command.captureGroupId
  return group === undefined ? [first] : queue.filter((job) => job.command.captureGroupId === group)
}

import type { Instant } from '../ids.ts'
import type { CaptureBackend } from '../nodes/node.ts'
import { containsText, within } from '../text.ts'
import type { Job, JobStatus } from './job.ts'

export interface JobFilter {
  readonly status?: JobStatus
  readonly nodeId?: string
  readonly search?: string
  readonly captureBackend?: CaptureBackend
  readonly captureInterfaceId?: string
  readonly createdFrom?: Instant
  readonly createdTo?: Instant
}

/** A job that names no backend is captured by ALSA. */
export const backendOf = ({ command }: Job): CaptureBackend => command.captureBackend ?? 'alsa'

export const matchesJob = (filter: JobFilter, job: Job): boolean =>
  (filter.status === undefined || filter.status === job.status) &&
  (filter.nodeId === undefined || filter.nodeId === job.nodeId) &&
  (filter.captureBackend === undefined || filter.captureBackend === backendOf(job)) &&
  (filter.captureInterfaceId === undefined || filter.captureInterfaceId === job.command.captureInterfaceId) &&
  within(job.createdAt, filter.createdFrom, filter.createdTo) &&
  (filter.search === undefined || containsText(jobText(job), filter.search))

/** Everything in a job that a person may search for, a line each. */
export const jobText = ({ id, nodeId, recordingId, status, claimedBy, failureReason, command }: Job): string =>
  [
    ...[id, nodeId, recordingId, status, claimedBy, failureReason],
    ...[command.captureBackend, command.captureDevice, command.captureFormat, command.captureInterfaceId],
    ...[command.channelMap?.templateName, command.outputFileName],
  ]
    .filter((text) => text !== undefined)
    .join('\n')

export interface JobSummary {
  readonly active: number
  readonly cancelled: number
  readonly completed: number
  readonly failed: number
  readonly queued: number
  readonly running: number
  readonly stopRequested: number
  readonly total: number
}

export function summarise(counts: ReadonlyMap<JobStatus, number>): JobSummary {
  const of = (status: JobStatus) => counts.get(status) ?? 0
  const active = of('queued') + of('running') + of('stop_requested')
  return {
    active,
    cancelled: of('cancelled'),
    completed: of('completed'),
    failed: of('failed'),
    queued: of('queued'),
    running: of('running'),
    stopRequested: of('stop_requested'),
    total: active + of('cancelled') + of('completed') + of('failed'),
  }
}

export function countByStatus(jobs: readonly Job[]): ReadonlyMap<JobStatus, number> {
  const counts = new Map<JobStatus, number>()
  for (const { status } of jobs) counts.set(status, (counts.get(status) ?? 0) + 1)
  return counts
}

export const newestFirst = (a: Job, b: Job): number => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1)

import type { Job } from '../../core/jobs/job.ts'
import { iso } from '../../core/time.ts'

/** A job as agents and consoles read it. The command goes out as it was assembled. */
export function jobReply(job: Job) {
  const { id, nodeId, recordingId, status, command, createdAt, claimedBy, failureReason } = job
  return {
    id,
    nodeId,
    recordingId,
    status,
    command,
    createdAt: iso(createdAt),
    ...(claimedBy !== undefined && { claimedBy }),
    ...at('startedAt', job.startedAt),
    ...at('lastHeartbeatAt', job.lastHeartbeatAt),
    ...at('leaseExpiresAt', job.leaseExpiresAt),
    ...at('stopRequestedAt', job.stopRequestedAt),
    ...at('completedAt', job.completedAt),
    ...(failureReason !== undefined && { failureReason }),
  }
}

const at = (name: string, instant: number | undefined) => (instant === undefined ? {} : { [name]: iso(instant) })

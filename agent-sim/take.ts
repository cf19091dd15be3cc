import type { Routing } from './capture.ts'
import type { CacheFile, Client } from './client.ts'
import type { Reporter } from './health.ts'
import type { Room } from './room.ts'
import type { Job } from './wire.ts'

/** What the node itself thinks of a job, whatever the controller holds. */
export type TrackStatus =
  | 'capturing'
  | 'completed'
  | 'cancelled'
  | 'failed'
  /** The controller ended it; nothing more is said about it. */
  | 'forgotten'
  /** Captured, but not delivered: on a recorder only a restart tries again. */
  | 'upload_pending'

/** One job of a claimed group while this node has it. */
export interface Track {
  readonly job: Job
  readonly routing: Routing
  status: TrackStatus
}

/** What becomes of the sound that a claimed group captures: one file in the end, or chunks as they close. */
export interface Take {
  /** When the next file closes. */
  dueAtMs(): number
  /** Delivers what has closed by now. */
  close(nowMs: number): Promise<void>
  /** The controller ended the job by itself: delivers what ought not to be lost. */
  flush(nowMs: number): Promise<void>
}

export interface TakeTools {
  readonly client: Client
  readonly room: Room
  readonly reporter: Reporter
  readonly say: (line: string) => void
}

/** One upload of a track, said aloud. */
export async function upload(track: Track, file: Omit<CacheFile, 'jobId' | 'recordingId'>, tools: TakeTools) {
  const { id: jobId, recordingId } = track.job
  const answer = await tools.client.putCacheFile({ ...file, jobId, recordingId })
  tools.say(`upload ${file.fileName} ${file.wav.byteLength} bytes: ${answer.ok ? answer.status : answer.error}`)
  return answer
}

/** A pretend node has no denoiser: like a recorder whose enhancement failed, it says so and delivers what it heard. */
export async function reportNoEnhancement(nowMs: number, { job }: Track, { reporter }: TakeTools): Promise<void> {
  if (!job.command.enhancement) return
  await reporter.report(nowMs, {
    type: 'agent.recording_job.enhancement_failed',
    severity: 'warning',
    recordingId: job.recordingId,
    details: { jobId: job.id, error: 'enhancement_not_simulated' },
  })
}

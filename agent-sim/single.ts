import { cut } from './capture.ts'
import { reportNoEnhancement, type Take, type TakeTools, type Track, upload } from './take.ts'

/** The ordinary take: when the time is up, each job of the group gets its whole file, the primary first. */
export function singleTake(tracks: readonly Track[], startedAtMs: number, tools: TakeTools): Take {
  const endsAtMs = startedAtMs + Math.max(...tracks.map(({ job }) => job.command.durationSeconds)) * 1000

  return {
    dueAtMs: () => endsAtMs,

    async close(nowMs) {
      if (nowMs < endsAtMs) return
      for (const track of tracks) track.status = await deliver(track, startedAtMs, nowMs, tools)
    },

    // An unfinished single file is thrown away, whoever ended the job.
    flush: async () => undefined,
  }
}

async function deliver(track: Track, startedAtMs: number, nowMs: number, tools: TakeTools) {
  const { id: jobId, recordingId, command } = track.job
  await reportNoEnhancement(nowMs, track, tools)
  const span = { fromMs: startedAtMs, toMs: startedAtMs + command.durationSeconds * 1000 }
  const wav = cut(tools.room, span, command.captureSampleRate, track.routing)
  const { outputFileName: fileName, durationSeconds } = command
  const answer = await upload(track, { wav, fileName, durationSeconds }, tools)
  if (answer.ok) return 'completed'
  await tools.reporter.report(nowMs, {
    type: 'agent.recording_job.cache_upload_failed',
    severity: 'warning',
    recordingId,
    details: { jobId, error: answer.error },
  })
  return 'upload_pending'
}

import { deliver, reportNoEnhancement, type Take, type TakeTools, type Track, type TrackStatus } from './take.ts'

/** The ordinary take: when the time is up, each job of the group gets its whole file, the primary first. */
export function singleTake(tracks: readonly Track[], startedAtMs: number, tools: TakeTools): Take {
  const endsAtMs = startedAtMs + Math.max(...tracks.map(({ job }) => job.command.durationSeconds)) * 1000

  async function deliverAll(nowMs: number): Promise<void> {
    for (const track of tracks) {
      const toMs = Math.min(nowMs, startedAtMs + track.job.command.durationSeconds * 1000)
      track.status = await file(track, { fromMs: startedAtMs, toMs }, nowMs, tools)
    }
  }

  return {
    endsAtMs,
    dueAtMs: () => endsAtMs,
    close: deliverAll,
    finish: async (nowMs) => (nowMs > startedAtMs ? deliverAll(nowMs) : undefined),
    // An unfinished single file is thrown away, whoever ended the job.
    flush: async () => undefined,
    filed: () => ({ sent: tracks.filter(({ status }) => status === 'completed').length, total: tracks.length }),
  }
}

/** What was not taken stays with the recorder; of what could not be made the controller is told that it will not come. */
async function file(
  track: Track,
  span: { readonly fromMs: number; readonly toMs: number },
  nowMs: number,
  tools: TakeTools,
): Promise<TrackStatus> {
  const { id: jobId, recordingId, command } = track.job
  await reportNoEnhancement(nowMs, track, tools)
  const done = await deliver(track, { span, fileName: command.outputFileName }, tools)
  if (done.ok) return 'completed'
  const { step, error } = done
  await tools.reporter.report(nowMs, {
    type: `agent.recording_job.${step === 'render' ? 'output_render_failed' : 'cache_upload_failed'}`,
    severity: 'warning',
    recordingId,
    details: { jobId, error },
  })
  if (step === 'upload') return 'upload_pending'
  await tools.client.jobFailed(jobId, `output_render_failed: ${error}`)
  return 'failed'
}

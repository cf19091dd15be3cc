import { cut } from './capture.ts'
import { reportNoEnhancement, type Take, type TakeTools, type Track, upload } from './take.ts'
import type { Job } from './wire.ts'

const TRIES_MAX = 3

/** A job is delivered in chunks when it asks for that, came alone, and its device is not JACK's. */
export function chunkSecondsOf(jobs: readonly Job[]): number | undefined {
  const [job, ...others] = jobs
  const chunkSeconds = job?.command.chunkSeconds ?? 0
  const inChunks = chunkSeconds > 0 && others.length === 0 && job?.command.captureBackend !== 'jack'
  return inChunks ? chunkSeconds : undefined
}

/**
 * Each chunk goes out when it closes and the last one says how many there were. What could not be delivered in three
 * tries is tried again with the next chunk, in order; nothing of it stands in memory, since the room can be heard again.
 */
export function chunkedTake(track: Track, chunkSeconds: number, startedAtMs: number, tools: TakeTools): Take {
  const { durationSeconds } = track.job.command
  const total = Math.max(1, Math.ceil(durationSeconds / chunkSeconds))
  const endSecondsOf = (index: number) => Math.min((index + 1) * chunkSeconds, durationSeconds)
  let closed = 0
  let undelivered: readonly number[] = []

  async function deliverAll(nowMs: number, endSeconds: (index: number) => number, chunkTotal?: number): Promise<void> {
    const missing: number[] = []
    for (const index of undelivered) {
      const span = { fromSeconds: index * chunkSeconds, toSeconds: endSeconds(index) }
      const last = chunkTotal !== undefined && index === chunkTotal - 1
      const chunk = chunkOf(track, index, span, startedAtMs, tools)
      if (!(await deliver(track, last ? { ...chunk, chunkTotal } : chunk, nowMs, tools))) missing.push(index)
    }
    undelivered = missing
  }

  return {
    dueAtMs: () => startedAtMs + endSecondsOf(closed) * 1000,

    async close(nowMs) {
      for (; closed < total && startedAtMs + endSecondsOf(closed) * 1000 <= nowMs; closed++) {
        undelivered = [...undelivered, closed]
      }
      if (undelivered.length > 0) await deliverAll(nowMs, endSecondsOf, total)
      if (closed === total) track.status = await conclude(track, undelivered, total, nowMs, tools)
    },

    async flush(nowMs) {
      const heardSeconds = Math.min(durationSeconds, Math.floor((nowMs - startedAtMs) / 1000))
      if (heardSeconds > closed * chunkSeconds) undelivered = [...undelivered, closed++]
      await deliverAll(nowMs, (index) => Math.min((index + 1) * chunkSeconds, heardSeconds), closed)
    },
  }
}

function chunkOf(
  { job, routing }: Track,
  index: number,
  { fromSeconds, toSeconds }: { readonly fromSeconds: number; readonly toSeconds: number },
  startedAtMs: number,
  { room }: TakeTools,
) {
  const span = { fromMs: startedAtMs + fromSeconds * 1000, toMs: startedAtMs + toSeconds * 1000 }
  return {
    wav: cut(room, span, job.command.captureSampleRate, routing),
    fileName: chunkFileName(job.command.outputFileName, index),
    durationSeconds: toSeconds - fromSeconds,
    chunk: index,
  }
}

/** `talk.wav` becomes `talk.chunk-0003.wav`. */
function chunkFileName(fileName: string, index: number): string {
  const dot = fileName.lastIndexOf('.')
  const [stem, extension] = dot > 0 ? [fileName.slice(0, dot), fileName.slice(dot)] : [fileName, '']
  return `${stem}.chunk-${String(index).padStart(4, '0')}${extension}`
}

async function deliver(track: Track, chunk: Parameters<typeof upload>[1], nowMs: number, tools: TakeTools) {
  let error = ''
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const answer = await upload(track, chunk, tools)
    if (answer.ok) return true
    error = answer.error
  }
  await tools.reporter.report(nowMs, {
    type: 'agent.recording_job.chunk_upload_failed',
    severity: 'warning',
    recordingId: track.job.recordingId,
    details: { jobId: track.job.id, chunk: chunk.chunk, error },
  })
  return false
}

/** Only the last chunk tells the controller that all is there: without it the job has to be given up aloud. */
async function conclude(track: Track, missing: readonly number[], total: number, nowMs: number, tools: TakeTools) {
  await reportNoEnhancement(nowMs, track, tools)
  if (missing.length === 0) return 'completed'
  if (!missing.includes(total - 1)) return 'upload_pending'
  await tools.client.jobFailed(track.job.id, 'final_chunk_total_undelivered')
  return 'failed'
}

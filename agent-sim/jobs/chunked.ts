import type { Job } from '../wire/answers.ts'
import { deliver, type Piece, reportNoEnhancement, type Take, type TakeTools, type Track } from './take.ts'

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
  const { durationSeconds, outputFileName } = track.job.command
  const total = Math.max(1, Math.ceil(durationSeconds / chunkSeconds))
  const wholeEndsAtMs = startedAtMs + durationSeconds * 1000
  let closed = 0
  let undelivered: readonly number[] = []
  const closesAtMs = (index: number) => Math.min(startedAtMs + (index + 1) * chunkSeconds * 1000, wholeEndsAtMs)

  /** The capture may have ended early: then its last chunk did too, and there are fewer of them. */
  async function deliverAll(nowMs: number, endsAtMs: number, chunkTotal: number): Promise<void> {
    const missing: number[] = []
    for (const index of undelivered) {
      const span = {
        fromMs: startedAtMs + index * chunkSeconds * 1000,
        toMs: Math.min(closesAtMs(index), endsAtMs),
      }
      const piece = { span, fileName: chunkFileName(outputFileName, index), chunk: index }
      const last = index === chunkTotal - 1
      if (!(await send(track, last ? { ...piece, chunkTotal } : piece, nowMs, tools))) missing.push(index)
    }
    undelivered = missing
  }

  /** Everything heard, as all there is: the last chunk says so, and where it was sent already it is sent once more. */
  async function end(nowMs: number): Promise<void> {
    // It is told of the end late, if answers take their time: what has closed meanwhile was heard.
    const heardUntilMs = Math.max(Math.min(nowMs, wholeEndsAtMs), closed > 0 ? closesAtMs(closed - 1) : startedAtMs)
    if (heardUntilMs > startedAtMs + closed * chunkSeconds * 1000) closed += 1
    if (closed === 0) return
    undelivered = [...new Set([...undelivered, closed - 1])]
    await deliverAll(nowMs, heardUntilMs, closed)
  }

  return {
    endsAtMs: wholeEndsAtMs,
    dueAtMs: () => closesAtMs(closed),
    filed: () => ({ sent: closed - undelivered.length, total }),

    async close(nowMs) {
      for (; closed < total && closesAtMs(closed) <= nowMs; closed++) undelivered = [...undelivered, closed]
      await deliverAll(nowMs, wholeEndsAtMs, total)
      if (closed === total) track.status = await conclude(track, undelivered, total, nowMs, tools)
    },

    async finish(nowMs) {
      await end(nowMs)
      if (closed > 0) track.status = await conclude(track, undelivered, closed, nowMs, tools)
    },

    flush: end,
  }
}

/** `talk.wav` becomes `talk.chunk-0003.wav`. */
function chunkFileName(fileName: string, index: number): string {
  const dot = fileName.lastIndexOf('.')
  const [stem, extension] = dot > 0 ? [fileName.slice(0, dot), fileName.slice(dot)] : [fileName, '']
  return `${stem}.chunk-${String(index).padStart(4, '0')}${extension}`
}

async function send(track: Track, piece: Piece, nowMs: number, tools: TakeTools): Promise<boolean> {
  const done = await deliver(track, piece, tools, TRIES_MAX)
  if (done.ok) return true
  await tools.reporter.report(nowMs, {
    type: `agent.recording_job.chunk_${done.step}_failed`,
    severity: 'warning',
    recordingId: track.job.recordingId,
    details: { jobId: track.job.id, chunk: piece.chunk, error: done.error },
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

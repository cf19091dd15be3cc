import type { Reporter } from '../node/health.ts'
import { cut, type Routing, type Span } from '../sound/capture.ts'
import type { Room } from '../sound/room.ts'
import type { Command, Job } from '../wire/answers.ts'
import type { Answer } from '../wire/call.ts'
import type { CacheFile, Client } from '../wire/client.ts'
import { codecOf, contentTypeOf } from './codec.ts'
import type { Encoded, Encoders } from './encoder.ts'
import type { Turns } from './turns.ts'

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
  /** When there is nothing more to capture. */
  readonly endsAtMs: number
  /** When the next file closes. */
  dueAtMs(): number
  /** Delivers what has closed by now. */
  close(nowMs: number): Promise<void>
  /** Told to stop: delivers what was heard until now, as all there is. What holds no sound stays as it is. */
  finish(nowMs: number): Promise<void>
  /** The controller ended the job by itself: delivers what ought not to be lost. */
  flush(nowMs: number): Promise<void>
  /** How many of its files the controller has. */
  filed(): { readonly sent: number; readonly total: number }
}

export interface TakeTools {
  readonly client: Client
  readonly room: Room
  readonly reporter: Reporter
  readonly encoders: Encoders
  readonly inTurn: Turns
  readonly say: (line: string) => void
}

/** A stretch of the room that becomes one file. */
export interface Piece {
  readonly span: Span
  readonly fileName: string
  readonly chunk?: number
  readonly chunkTotal?: number
}

export type Delivered =
  | { readonly ok: true }
  | { readonly ok: false; readonly step: 'render' | 'upload'; readonly error: string }

/** Cut, rendered, and sent until it is taken or that many tries were made. */
export async function deliver(track: Track, piece: Piece, tools: TakeTools, triesMax = 1): Promise<Delivered> {
  const done = await tools.inTurn(async (): Promise<Delivered> => {
    const rendered = await render(track, piece.span, tools)
    if (!rendered.ok) {
      tools.say(`${piece.fileName} could not be made: ${rendered.error}`)
      return { ok: false, step: 'render', error: rendered.error }
    }
    let error = ''
    for (let tries = 0; tries < triesMax; tries++) {
      const answer = await upload(track, piece, rendered.bytes, tools)
      if (answer.ok) return { ok: true }
      error = answer.error
    }
    return { ok: false, step: 'upload', error }
  })
  return done ?? { ok: false, step: 'upload', error: 'the node was ended' }
}

async function render({ job: { command }, routing }: Track, span: Span, tools: TakeTools): Promise<Encoded> {
  const wav = cut(tools.room, span, command.captureSampleRate, routing)
  const codec = codecOf(command)
  if (codec !== 'mp3' && codec !== 'flac') return { ok: true, bytes: wav }
  return tools.encoders.encode(wav, { codec, ...rateOf(command) })
}

/** A command that says nothing of it gets what voices are commonly given. */
function rateOf({ outputBitrateKbps, outputVbr }: Command) {
  return { bitrateKbps: outputBitrateKbps ?? 128, vbr: outputVbr ?? false }
}

/** One upload, said aloud. The wire counts whole seconds, and what was heard at all is not nothing. */
async function upload({ job }: Track, piece: Piece, bytes: CacheFile['bytes'], tools: TakeTools): Promise<Answer> {
  const { span, ...named } = piece
  const answer = await tools.client.putCacheFile({
    ...named,
    bytes,
    jobId: job.id,
    recordingId: job.recordingId,
    contentType: contentTypeOf(job.command),
    durationSeconds: Math.max(1, Math.round((span.toMs - span.fromMs) / 1000)),
  })
  tools.say(`upload ${piece.fileName} ${bytes.byteLength} bytes: ${answer.ok ? answer.status : answer.error}`)
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

import { heardSeconds } from '../../core/audio/heard.ts'
import type { JobId, RecordingId } from '../../core/ids.ts'
import { heartbeatJob } from '../../core/jobs/operations.ts'
import { asked } from '../../core/operation.ts'
import { perform } from '../../core/perform.ts'
import type { Staged } from '../../core/ports/media.ts'
import { StorageUnavailable } from '../../core/ports/storage.ts'
import { type Attached, type AttachInput, attachCacheFile, mimeTypeOf } from '../../core/recordings/attach.ts'
import { partName } from '../../core/recordings/chunk.ts'
import { fileName } from '../../core/recordings/listening.ts'
import type { Rendition } from '../../core/recordings/recording.ts'
import { type Result, refuse } from '../../core/result.ts'
import type { World } from '../../core/world.ts'
import { BrokenOff, chunksOf, parseQuery, release } from './body.ts'
import { headerText } from './headers.ts'
import { chunkReply, recordingReply, waveformReply } from './recording-reply.ts'
import { json, refusal } from './reply.ts'
import { API, checked, type Incoming, type Route } from './route.ts'

const path = '/recordings/:recordingId/cache-file'

/** The one route whose body is not JSON: it stays a stream until the operation asks for it, and is taken in once. */
export const uploadRoute: Route = {
  method: 'PUT',
  path: API + checked(path, attachCacheFile),
  status: 201,
  operations: [attachCacheFile],

  async answer(incoming, world) {
    const intake = new Intake(incoming, world)
    try {
      const result = await perform(attachCacheFile, incoming, asked(inputOf(incoming, intake)), world)
      if (!result.ok) return refusal(result, attachCacheFile, incoming.requestId())
      await intake.named(result.value.audio.path)
      return json({ data: attachReply(result.value) }, 201)
    } finally {
      await intake.discard()
    }
  },
}

function attachReply({ recording, audio, staged, chunk }: Attached) {
  const duration = heardSeconds(staged.heard)
  return {
    ...(chunk && { chunk: chunkReply(chunk) }),
    file: {
      cachePath: audio.path,
      checksum: audio.checksum,
      ...(duration !== undefined && { durationSeconds: duration }),
      fileName: fileName(recording, audio.path, chunk && `_${partName(chunk.index)}`),
      mimeType: mimeTypeOf(audio.path),
      size: audio.sizeBytes,
      ...(audio.waveform && { waveformPreview: waveformReply(audio.waveform) }),
    },
    recording: recordingReply(recording),
    uploadQueueItems: [],
  }
}

function inputOf({ request, params, via }: Incoming, intake: Intake): AttachInput {
  const { headers } = request
  const jobId = jobOf(request)
  const name = headerText(headers, 'x-rakkr-file-name')
  const duration = headers.get('x-rakkr-duration-seconds')
  const contentType = headers.get('content-type')
  const length = headers.get('content-length')
  const query = parseQuery(via.query ?? '')
  const chunk = query['chunk']
  return {
    recordingId: (params['recordingId'] ?? '') as RecordingId,
    rendition: renditionOf(query['rendition']),
    ...(chunk !== undefined && { chunk: String(chunk) }),
    ...(query['chunkTotal'] !== undefined && { chunkTotal: String(query['chunkTotal']) }),
    ...(jobId && { jobId }),
    ...(name !== undefined && { fileName: name }),
    ...(duration !== null && { durationSeconds: duration }),
    ...(contentType !== null && { contentType }),
    ...(length !== null && { contentLength: Number(length) }),
    receive: (limitBytes) => intake.receive(limitBytes),
  }
}

const renditionOf = (said: unknown): Rendition => (said === 'raw' || said === 'enhanced' ? said : 'primary')

/** Takes the body in once, however often a decision is made anew, and leaves nothing behind that was not kept. */
class Intake {
  readonly #incoming: Incoming
  readonly #world: World
  #received: Promise<Result<Staged>> | undefined

  constructor(incoming: Incoming, world: World) {
    this.#incoming = incoming
    this.#world = world
  }

  receive(limitBytes: number): Promise<Result<Staged>> {
    this.#received ??= this.#world.media.receive(this.#bytes(), limitBytes).catch((error) => {
      if (error instanceof BrokenOff) return refuse('aborted', 'upload_aborted')
      throw error
    })
    return this.#received
  }

  /** An agent sends no beat while it uploads: what arrives is its sign of life, and holds the lease of its job. */
  async *#bytes(): AsyncGenerator<Uint8Array> {
    const { body } = this.#incoming.request
    if (!body) return
    const { now, settings } = this.#world
    let heldAt = Number.NEGATIVE_INFINITY
    for await (const chunk of chunksOf(body)) {
      if (now() - heldAt > settings.leaseMs / 3) {
        heldAt = now()
        // What cannot be held any more is not asked for again.
        if (!(await this.#holdLease(heldAt))) heldAt = Number.POSITIVE_INFINITY
      }
      yield chunk
      release(chunk)
    }
  }

  /**
   * A job that cannot be held any more, or not just now, does not spoil the upload: whether its audio is still taken is
   * decided with it.
   */
  async #holdLease(at: number): Promise<boolean> {
    const jobId = jobOf(this.#incoming.request)
    if (jobId === undefined) return false
    const call = { ...this.#incoming, now: at, params: { jobId } }
    try {
      return (await perform(heartbeatJob, call, asked({ jobId }), this.#world)).ok
    } catch (error) {
      if (!(error instanceof StorageUnavailable)) throw error
      return true
    }
  }

  /** The row is there. That its bytes are in doubt a while longer does no harm, and is no reason to answer otherwise. */
  async named(path: string): Promise<void> {
    const received = await this.#received
    if (received?.ok) await received.value.named(path).catch(() => {})
  }

  async discard(): Promise<void> {
    const received = await this.#received?.catch(() => undefined)
    if (received?.ok) await received.value.discard()
  }
}

const jobOf = ({ headers }: Request) =>
  (headers.get('x-rakkr-recording-job-id')?.trim() || undefined) as JobId | undefined

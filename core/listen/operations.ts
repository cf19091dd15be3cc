import type { OfNode } from '../nodes/operations.ts'
import { operation } from '../operation.ts'
import { invalid, ok, type Result, refuse } from '../result.ts'
import { iso } from '../time.ts'
import { CHUNK_BYTES_MAX, CHUNK_BYTES_MIN, CHUNK_MS_MAX, type ListenChunk } from './chunk.ts'

export interface ChunkInput extends OfNode {
  readonly rendition: ListenChunk['rendition']
  readonly contentType?: string
  /** As the headers have them. */
  readonly durationMs?: string
  readonly capturedAt?: string
  readonly receive: (limitBytes: number) => Promise<Result<Uint8Array>>
}

/** Headers first, then the bytes, bounded while they are read. Chunks come whether or not anyone listens. */
export const ingestListenChunk = operation({
  audience: 'node',
  permission: 'node:control',
  audit: 'nodes.listen_monitor.chunk.ingest',
  target: { type: 'node', param: 'nodeId' },
  fold: 'telemetry',

  async run(input: ChunkInput, { live, mark }) {
    const { nodeId, rendition, capturedAt = iso(mark.at) } = input
    if (!live.nodes.has(nodeId)) return refuse('not_found', 'node_not_found')
    if (input.contentType?.split(';')[0]?.trim().toLowerCase() !== 'audio/wav')
      return wrong('content-type', 'audio/wav')
    const durationMs = Number(input.durationMs ?? Number.NaN)
    if (!Number.isInteger(durationMs) || durationMs < 1 || durationMs > CHUNK_MS_MAX) {
      return wrong('x-rakkr-duration-ms', `an integer of 1 to ${CHUNK_MS_MAX}`)
    }
    if (!utcInstant.test(capturedAt)) return wrong('x-rakkr-captured-at', 'an RFC 3339 instant in UTC')

    const bytes = await input.receive(CHUNK_BYTES_MAX)
    if (!bytes.ok) return bytes
    if (bytes.value.byteLength < CHUNK_BYTES_MIN) return refuse('invalid', 'monitor_chunk_too_small')
    const chunk: ListenChunk = { nodeId, rendition, durationMs, capturedAt, receivedAt: mark.at, bytes: bytes.value }
    live.hear(chunk)
    return ok({ value: chunk, details: { capturedAt, durationMs, rendition, size: chunk.bytes.byteLength } })
  },
})

/** With any number of digits after the second: agents count nanoseconds. */
const utcInstant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/

const wrong = (header: string, expected: string) =>
  invalid([{ code: 'invalid_header', path: [header], message: `must be ${expected}` }])

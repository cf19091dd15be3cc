import type { Instant, NodeId } from '../ids.ts'

/** About a second of what a node hears, as a WAV. It is never stored: the latest of each rendition is kept, and no more. */
export interface ListenChunk {
  readonly nodeId: NodeId
  readonly rendition: 'raw' | 'enhanced'
  readonly durationMs: number
  /** As the agent wrote it, by its own clock. */
  readonly capturedAt: string
  /** By the controller's clock: whether a chunk is fresh is judged by this. */
  readonly receivedAt: Instant
  readonly bytes: Uint8Array
}

export const CHUNK_BYTES_MIN = 44
export const CHUNK_BYTES_MAX = 524_288
export const CHUNK_MS_MAX = 10_000
const FRESH_MS = 5_000

export const isFresh = ({ receivedAt }: ListenChunk, now: Instant): boolean => now - receivedAt <= FRESH_MS

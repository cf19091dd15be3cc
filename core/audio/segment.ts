import type { Audio } from '../ports/media.ts'
import type { Heard } from './heard.ts'

/** A file that is to be a part of the whole. */
export interface Part {
  readonly audio: Audio
  readonly heard?: Heard
}

/** A stretch of bytes of the whole. */
export interface Segment {
  readonly length: number
  /** Bytes `start` to `end` of it, both included. */
  readonly read: (start: number, end: number) => AsyncIterable<Uint8Array>
}

export const segmentOf = (bytes: Uint8Array): Segment => ({
  length: bytes.length,
  async *read(start, end) {
    yield bytes.subarray(start, end + 1)
  },
})

/** What lies in a file from one byte to before another. */
export const stretchOf = (audio: Audio, from: number, to: number): Segment => ({
  length: to - from,
  read: (start, end) => audio.read(from + start, from + end),
})

/** Segments that follow each other; of a range only those that it touches are read. */
export function audioOver(segments: readonly Segment[]): Audio {
  return {
    sizeBytes: segments.reduce((sum, { length }) => sum + length, 0),
    async *read(start, end) {
      let at = 0
      for (const { length, read } of segments) {
        const [from, to] = [Math.max(start - at, 0), Math.min(end - at, length - 1)]
        if (from <= to) yield* read(from, to)
        at += length
      }
    },
  }
}

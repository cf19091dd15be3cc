import type { Audio, Media } from '../ports/media.ts'
import { type Chunk, secured } from './chunk.ts'

/** A chunked recording as the one file it would have been. */
export interface Joined {
  readonly audio: Audio
  /** Tells one state of the whole from another. */
  readonly checksum: string
  readonly path: string
}

/** WAV is given one header before the samples of all; of MP3 the frames simply follow each other. Anything else is not joined. */
export async function join(chunks: readonly Chunk[], media: Media): Promise<Joined | undefined> {
  const parts = secured(chunks)
  const path = parts[0]?.cachePath
  const opened = await Promise.all(parts.map(({ cachePath, checksum }) => media.open(cachePath ?? '', checksum ?? '')))
  const segments = path?.endsWith('.wav')
    ? wavSegments(parts, opened)
    : path?.endsWith('.mp3')
      ? plainSegments(opened)
      : undefined
  if (!path || !segments) return undefined
  return { audio: audioOver(segments), checksum: `joined:${digest(parts)}`, path }
}

/** A stretch of bytes of the whole. */
interface Segment {
  readonly length: number
  /** Bytes `start` to `end` of it, both included. */
  readonly read: (start: number, end: number) => AsyncIterable<Uint8Array>
}

function plainSegments(opened: readonly (Audio | null)[]): readonly Segment[] | undefined {
  const segments = opened.flatMap((audio) => (audio ? [{ length: audio.sizeBytes, read: audio.read }] : []))
  return segments.length === opened.length ? segments : undefined
}

/** Only chunks of one format make one file. */
function wavSegments(parts: readonly Chunk[], opened: readonly (Audio | null)[]): readonly Segment[] | undefined {
  const [first] = parts
  const samples: Segment[] = []
  for (const [i, { heard }] of parts.entries()) {
    const audio = opened[i]
    if (!audio || !heard || !first?.heard) return undefined
    if (heard.channelCount !== first.heard.channelCount || heard.sampleRate !== first.heard.sampleRate) return undefined
    const { dataAt } = heard
    const length = heard.frameCount * heard.channelCount * 2
    samples.push({ length, read: (start, end) => audio.read(dataAt + start, dataAt + end) })
  }
  if (!first?.heard) return undefined
  const { channelCount, sampleRate } = first.heard
  const header = wavHeader(
    channelCount,
    sampleRate,
    samples.reduce((sum, { length }) => sum + length, 0),
  )
  return [{ length: header.length, read: (start, end) => once(header.subarray(start, end + 1)) }, ...samples]
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

function audioOver(segments: readonly Segment[]): Audio {
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

const UINT32_MAX = 0xffff_ffff

/** RIFF/WAVE, 16-bit PCM, 44 bytes. Lengths beyond four bytes are written as the most they can say, as players expect. */
function wavHeader(channelCount: number, sampleRate: number, dataBytes: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(44))
  const ascii = (at: number, text: string) => {
    for (let i = 0; i < text.length; i++) view.setUint8(at + i, text.charCodeAt(i))
  }
  ascii(0, 'RIFF')
  view.setUint32(4, Math.min(36 + dataBytes, UINT32_MAX), true)
  ascii(8, 'WAVEfmt ')
  view.setUint32(16, 16, true)
  view.setUint16(20, 1, true)
  view.setUint16(22, channelCount, true)
  view.setUint32(24, sampleRate, true)
  view.setUint32(28, sampleRate * channelCount * 2, true)
  view.setUint16(32, channelCount * 2, true)
  view.setUint16(34, 16, true)
  ascii(36, 'data')
  view.setUint32(40, Math.min(dataBytes, UINT32_MAX), true)
  return new Uint8Array(view.buffer)
}

/** FNV-1a, 64 bits, over the digests of the parts: it names a state, and protects nothing. */
function digest(parts: readonly Chunk[]): string {
  let hash = 0xcbf29ce484222325n
  for (const character of parts.map(({ checksum }) => checksum).join()) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(character.charCodeAt(0))) * 0x100000001b3n)
  }
  return hash.toString(16)
}

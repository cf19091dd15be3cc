import { writeAscii } from './bytes.ts'
import type { Heard } from './heard.ts'
import { type Part, type Segment, segmentOf, stretchOf } from './segment.ts'
import { FLOAT, PCM } from './wav.ts'

const SIXTEEN_BITS = { bitsPerSample: 16, isFloat: false }

/** One header, and then the samples of all. Only PCM of one shape makes one file. */
export function joinWav(parts: readonly Part[]): readonly Segment[] | undefined {
  const samples: Segment[] = []
  const first = parts[0]?.heard
  for (const { audio, heard } of parts) {
    if (heard?.dataAt === undefined || !first || !isAlike(heard, first)) return undefined
    samples.push(stretchOf(audio, heard.dataAt, heard.dataAt + heard.frameCount * frameBytes(heard)))
  }
  if (!first) return undefined
  const dataBytes = samples.reduce((sum, { length }) => sum + length, 0)
  // A chunk that ends at an odd place is padded.
  return [segmentOf(header(first, dataBytes)), ...samples, segmentOf(new Uint8Array(dataBytes % 2))]
}

const isAlike = (one: Heard, other: Heard): boolean =>
  one.sampleRate === other.sampleRate &&
  one.channelCount === other.channelCount &&
  one.pcm?.bitsPerSample === other.pcm?.bitsPerSample &&
  one.pcm?.isFloat === other.pcm?.isFloat

const frameBytes = ({ channelCount, pcm = SIXTEEN_BITS }: Heard): number =>
  channelCount * Math.ceil(pcm.bitsPerSample / 8)

const UINT32_MAX = 0xffff_ffff

/** RIFF/WAVE, PCM, 44 bytes. Lengths beyond four bytes are written as the most they can say, as players expect. */
function header(heard: Heard, dataBytes: number): Uint8Array {
  const { channelCount, sampleRate, pcm = SIXTEEN_BITS } = heard
  const header = new Uint8Array(44)
  const view = new DataView(header.buffer)
  writeAscii(header, 0, 'RIFF')
  view.setUint32(4, Math.min(36 + dataBytes + (dataBytes % 2), UINT32_MAX), true)
  writeAscii(header, 8, 'WAVEfmt ')
  view.setUint32(16, 16, true)
  view.setUint16(20, pcm.isFloat ? FLOAT : PCM, true)
  view.setUint16(22, channelCount, true)
  view.setUint32(24, sampleRate, true)
  view.setUint32(28, sampleRate * frameBytes(heard), true)
  view.setUint16(32, frameBytes(heard), true)
  view.setUint16(34, pcm.bitsPerSample, true)
  writeAscii(header, 36, 'data')
  view.setUint32(40, Math.min(dataBytes, UINT32_MAX), true)
  return header
}

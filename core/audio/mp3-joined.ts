import { writeAscii } from './bytes.ts'
import type { Heard } from './heard.ts'
import { HEADER_BYTES, readMp3Header, samplesPerFrame, sideInfoBytes, silentFrame } from './mp3.ts'
import { type Part, type Segment, segmentOf, stretchOf } from './segment.ts'

/**
 * MP3 files as one: a description of the whole, and then their frames as they are. Of files that were not understood, or
 * are not alike, all bytes follow each other. At a seam the first frames of a file have nothing of the file before to draw
 * on, and the encoder has padded both: a gap of some hundredths of a second, which does no harm to speech.
 */
export function joinMp3(parts: readonly Part[]): readonly Segment[] {
  const first = parts[0]?.heard
  const bodies = parts.flatMap(({ audio, heard }): readonly Body[] =>
    first && heard?.mp3 && heard.sampleRate === first.sampleRate && heard.channelCount === first.channelCount
      ? [{ frameCount: heard.frameCount, segment: stretchOf(audio, heard.mp3.from, heard.mp3.to) }]
      : [],
  )
  if (!first || bodies.length < parts.length) return parts.map(({ audio }) => stretchOf(audio, 0, audio.sizeBytes))
  return [segmentOf(description(first, bodies)), ...bodies.map(({ segment }) => segment)]
}

interface Body {
  readonly frameCount: number
  readonly segment: Segment
}

const SIDE_INFO_BYTES_MAX = 32
const XING_BYTES = 16
const TOC_ENTRIES = 100
const HAS_FRAMES_BYTES_AND_TOC = 7
const UINT32_MAX = 0xffff_ffff

/**
 * A frame without sound that says how long all is, and where in it every hundredth begins: what players take the duration
 * from where the bitrate varies. Source: the Xing header, as encoders write it.
 */
function description({ sampleRate, channelCount }: Heard, bodies: readonly Body[]): Uint8Array {
  const frame = silentFrame(sampleRate, channelCount, HEADER_BYTES + SIDE_INFO_BYTES_MAX + XING_BYTES + TOC_ENTRIES)
  const header = readMp3Header(frame, 0)
  if (!header) return new Uint8Array(0)
  const frameCount = bodies.reduce((sum, each) => sum + each.frameCount, 0)
  const sizeBytes = bodies.reduce((sum, { segment }) => sum + segment.length, frame.length)
  const at = HEADER_BYTES + sideInfoBytes(header)
  const view = new DataView(frame.buffer)
  writeAscii(frame, at, 'Xing')
  view.setUint32(at + 4, HAS_FRAMES_BYTES_AND_TOC)
  view.setUint32(at + 8, frameCount / samplesPerFrame(header))
  view.setUint32(at + 12, Math.min(sizeBytes, UINT32_MAX))
  for (let i = 0; i < TOC_ENTRIES; i++) {
    const place = frame.length + placeOf(bodies, (frameCount * i) / TOC_ENTRIES)
    frame[at + XING_BYTES + i] = Math.min(255, Math.floor((place / sizeBytes) * 256))
  }
  return frame
}

/** Where among the frames that moment is, taking each file's bytes to be spread evenly over its time. */
function placeOf(bodies: readonly Body[], moment: number): number {
  let [place, before] = [0, 0]
  for (const { frameCount, segment } of bodies) {
    const share = frameCount === 0 ? 0 : Math.max(0, Math.min(1, (moment - before) / frameCount))
    place += share * segment.length
    before += frameCount
  }
  return place
}

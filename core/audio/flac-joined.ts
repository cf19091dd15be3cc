import { writeAscii } from './bytes.ts'
import { type Frame, FrameCutter } from './flac-cutter.ts'
import { CODED_NUMBERS, codedBytes, type FlacStream, renumbered, renumberedLength } from './flac-frame.ts'
import type { FlacBody, Heard } from './heard.ts'
import { type Part, type Segment, segmentOf } from './segment.ts'

/**
 * FLAC files of one shape as one. Each numbers its frames from 0 and ends in a short one, so that together their blocks are
 * not of one size: each frame is told which of all samples it begins with. How many bytes that takes follows from how many
 * frames there are, so that the length of the whole is known before a byte of it is read.
 */
export function joinFlac(parts: readonly Part[]): readonly Segment[] | undefined {
  const bodies: Segment[] = []
  const first = parts[0]?.heard
  let sampleCount = 0
  let blockSizeMax = 0
  for (const { audio, heard } of parts) {
    if (!heard?.flac || !first?.flac || !isAlike(heard, first)) return undefined
    bodies.push(renumberedBody(audio, { ...heard, ...heard.flac }, sampleCount))
    sampleCount += heard.frameCount
    blockSizeMax = Math.max(blockSizeMax, heard.flac.blockSize)
  }
  if (!first?.flac || sampleCount >= CODED_NUMBERS) return undefined
  return [segmentOf(streamHead({ ...first, ...first.flac }, sampleCount, blockSizeMax)), ...bodies]
}

const isAlike = (one: Heard, other: Heard): boolean =>
  one.sampleRate === other.sampleRate &&
  one.channelCount === other.channelCount &&
  one.flac?.bitsPerSample === other.flac?.bitsPerSample

type Body = FlacStream & FlacBody

/** The frames of one file, the first of them at this sample of the whole. */
function renumberedBody(audio: Part['audio'], body: Body, firstSample: number): Segment {
  const { blockSize, blockCount, from, to, marks, markEvery } = body
  /** Where in the segment a frame begins that begins there in the file. */
  const placeOf = (block: number, at: number) =>
    at - from - codedBytes(0, 1, block) + codedBytes(firstSample, blockSize, block)

  return {
    length: placeOf(blockCount, to),
    async *read(start, end) {
      const mark = marks.findLastIndex((at, i) => placeOf(i * markEvery, at) <= start)
      const markedAt = marks[mark] ?? from
      let block = Math.max(0, mark) * markEvery
      let place = placeOf(block, markedAt)
      for await (const frame of framesOf(audio.read(markedAt, to - 1), new FrameCutter(body, block))) {
        const sample = firstSample + block++ * blockSize
        const length = renumberedLength(frame.bytes, frame.header, sample)
        if (place + length > start) {
          yield renumbered(frame.bytes, frame.header, sample).subarray(Math.max(0, start - place), end + 1 - place)
        }
        place += length
        if (place > end) return
      }
    },
  }
}

async function* framesOf(bytes: AsyncIterable<Uint8Array>, cutter: FrameCutter): AsyncGenerator<Frame> {
  for await (const each of bytes) yield* cutter.push(each)
  yield* cutter.end()
}

const BLOCK_SIZE_MIN = 16

/** Section 8: the one metadata block that must be, as the last; what is 0 in it is not known. */
function streamHead(
  { sampleRate, channelCount, bitsPerSample }: FlacStream,
  sampleCount: number,
  blockSizeMax: number,
) {
  const head = new Uint8Array(42)
  const view = new DataView(head.buffer)
  writeAscii(head, 0, 'fLaC')
  view.setUint32(4, 0x8000_0000 + 34)
  // Bounds only, and apart, since of equal ones a reader would conclude that blocks are of one size.
  view.setUint16(8, BLOCK_SIZE_MIN)
  view.setUint16(10, Math.max(BLOCK_SIZE_MIN + 1, blockSizeMax))
  view.setUint32(
    18,
    (sampleRate << 12) | ((channelCount - 1) << 9) | ((bitsPerSample - 1) << 4) | (sampleCount / 2 ** 32),
  )
  view.setUint32(22, sampleCount % 2 ** 32)
  return head
}

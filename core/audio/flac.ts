import { asciiAt } from './bytes.ts'
import { type Frame, FrameCutter } from './flac-cutter.ts'
import type { FlacStream } from './flac-frame.ts'
import { HeadReader, type Reading } from './head.ts'
import type { FlacBody, Heard } from './heard.ts'

/**
 * Counts the samples of a FLAC file while it streams by, and learns where its frames lie. A file whose blocks are of any size
 * is left to others: recorders do not write them, and how long their frames become is not to be known from their number.
 */
export class FlacListener {
  readonly #head = new HeadReader(this.#readHead())
  /** Known before the whole head is. */
  #stream: FlacStream | undefined
  #body: BodyListener | undefined

  push(bytes: Uint8Array): void {
    const frames = this.#head.push(bytes)
    if (!this.#body && this.#stream && this.#head.head)
      this.#body = new BodyListener(this.#stream, this.#head.head.framesAt)
    if (frames.length > 0) this.#body?.push(frames)
  }

  /** A file that was cut in its head has no frames. */
  heard(): Heard | undefined {
    if (this.#body || !this.#stream || this.#head.over) return this.#body?.heard()
    return new BodyListener(this.#stream, 0).heard()
  }

  /** Source: RFC 9639, section 8: blocks of a type and a big-endian length, the last of them marked. */
  *#readHead(): Reading<{ readonly framesAt: number }> {
    const magic = yield { look: 4 }
    if (asciiAt(magic, 0, 4) !== 'fLaC') return undefined
    let block = viewOf(yield { look: BLOCK_HEADER_BYTES }).getUint32(0)
    if ((block & TYPE_AND_LENGTH) !== STREAM_INFO_BYTES) return undefined
    this.#stream = streamOf(viewOf(yield { look: STREAM_INFO_BYTES }))
    if (!this.#stream) return undefined
    let framesAt = magic.length + BLOCK_HEADER_BYTES + STREAM_INFO_BYTES
    while (block < LAST_BLOCK) {
      block = viewOf(yield { look: BLOCK_HEADER_BYTES }).getUint32(0)
      const length = block & 0xff_ffff
      yield { pass: length }
      framesAt += BLOCK_HEADER_BYTES + length
    }
    return { framesAt }
  }
}

const BLOCK_HEADER_BYTES = 4
const STREAM_INFO_BYTES = 34
const LAST_BLOCK = 0x8000_0000
const TYPE_AND_LENGTH = 0x7fff_ffff

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

function streamOf(info: DataView): FlacStream | undefined {
  const packed = info.getUint32(10)
  const sampleRate = packed >>> 12
  if (sampleRate === 0) return undefined
  return { sampleRate, channelCount: ((packed >>> 9) & 7) + 1, bitsPerSample: ((packed >>> 4) & 31) + 1 }
}

const MARKS_MAX = 64

class BodyListener {
  readonly #stream: FlacStream
  readonly #from: number
  readonly #cutter: FrameCutter
  #to: number
  #blockSize = 0
  #blockCount = 0
  #lastBlockSize = 0
  /** A block before the last is not of the size of the others. */
  #ragged = false
  #marks: number[] = []
  #markEvery = 1

  constructor(stream: FlacStream, from: number) {
    this.#stream = stream
    this.#from = from
    this.#to = from
    this.#cutter = new FrameCutter(stream)
  }

  push(bytes: Uint8Array): void {
    for (const frame of this.#cutter.push(bytes)) this.#count(frame)
  }

  heard(): Heard | undefined {
    for (const frame of this.#cutter.end()) this.#count(frame)
    if (this.#ragged || (this.#blockCount === 0 && this.#cutter.lost)) return undefined
    const { sampleRate, channelCount, bitsPerSample } = this.#stream
    const [blockSize, blockCount] = [this.#blockSize, this.#blockCount]
    const frameCount = Math.max(0, blockCount - 1) * blockSize + this.#lastBlockSize
    const [from, to, marks, markEvery] = [this.#from, this.#to, this.#marks, this.#markEvery]
    const flac: FlacBody = { bitsPerSample, blockSize, blockCount, from, to, marks, markEvery }
    return { channelCount, sampleRate, frameCount, peaks: [], flac }
  }

  #count({ header, bytes }: Frame): void {
    if (this.#blockCount === 0) this.#blockSize = header.blockSize
    else if (this.#lastBlockSize !== this.#blockSize) this.#ragged = true
    if (this.#blockCount % this.#markEvery === 0) this.#mark()
    this.#blockCount++
    this.#lastBlockSize = header.blockSize
    this.#to += bytes.length
  }

  /** However long the file is, the marks are few: where there are too many, every other goes. */
  #mark(): void {
    this.#marks.push(this.#to)
    if (this.#marks.length < MARKS_MAX) return
    this.#marks = this.#marks.filter((_, i) => i % 2 === 0)
    this.#markEvery *= 2
  }
}

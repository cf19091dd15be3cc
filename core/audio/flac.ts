import { asciiAt, concat } from './bytes.ts'
import { type Frame, FrameCutter } from './flac-cutter.ts'
import type { FlacStream } from './flac-frame.ts'
import type { FlacBody, Heard } from './heard.ts'

/** Seek tables and comments fit; of a file with more before its sound nothing is learned. */
const HEADER_BYTES_MAX = 1024 * 1024

/**
 * Counts the samples of a FLAC file while it streams by, and learns where its frames lie. A file whose blocks are of any size
 * is left to others: recorders do not write them, and how long their frames become is not to be known from their number.
 */
export class FlacListener {
  #head: Uint8Array = new Uint8Array(0)
  #body: BodyListener | 'unknown' | undefined

  push(bytes: Uint8Array): void {
    if (this.#body === 'unknown') return
    if (this.#body) this.#body.push(bytes)
    else this.#readHead(bytes)
  }

  #readHead(bytes: Uint8Array): void {
    this.#head = concat(this.#head, bytes)
    const found = readHead(this.#head)
    if (found === 'unknown' || (found === 'incomplete' && this.#head.length > HEADER_BYTES_MAX)) this.#body = 'unknown'
    if (typeof found === 'string') return
    this.#body = new BodyListener(found.stream, found.framesAt)
    this.#body.push(this.#head.subarray(found.framesAt))
    this.#head = new Uint8Array(0)
  }

  heard(): Heard | undefined {
    return this.#body === 'unknown' ? undefined : this.#body?.heard()
  }
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
    if (this.#ragged || this.#cutter.foreign) return undefined
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

interface Head {
  readonly stream: FlacStream
  readonly framesAt: number
}

const BLOCK_HEADER_BYTES = 4
const STREAM_INFO_AT = 8
const STREAM_INFO_BYTES = 34

/** Source: RFC 9639, section 8: blocks of a type and a big-endian length, the last of them marked. */
function readHead(head: Uint8Array): Head | 'unknown' | 'incomplete' {
  if (head.length < STREAM_INFO_AT + STREAM_INFO_BYTES) return 'incomplete'
  if (asciiAt(head, 0, 4) !== 'fLaC') return 'unknown'
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
  const packed = view.getUint32(STREAM_INFO_AT + 10)
  const stream = {
    sampleRate: packed >>> 12,
    channelCount: ((packed >>> 9) & 7) + 1,
    bitsPerSample: ((packed >>> 4) & 31) + 1,
  }
  if (stream.sampleRate === 0) return 'unknown'
  for (let at = 4; at + BLOCK_HEADER_BYTES <= head.length; ) {
    const isLast = (view.getUint8(at) & 0x80) !== 0
    at += BLOCK_HEADER_BYTES + (view.getUint32(at) & 0xff_ffff)
    if (isLast) return at <= head.length ? { stream, framesAt: at } : 'incomplete'
  }
  return 'incomplete'
}

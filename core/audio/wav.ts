import { asciiAt, concat, writeAscii } from './bytes.ts'
import type { Heard } from './heard.ts'
import { BINS_MAX, rounded } from './peaks.ts'
import { type Part, type Segment, segmentOf, stretchOf } from './segment.ts'

const HEADER_BYTES_MAX = 64 * 1024

interface Shape {
  readonly channelCount: number
  readonly sampleRate: number
  /** A sample of every channel. */
  readonly frameBytes: number
  readonly sixteenBits: boolean
  readonly dataAt: number
  readonly dataBytes: number
}

/** Counts the samples of a WAV file, and draws the waveform of 16-bit PCM. Source: RIFF/WAVE, little-endian chunks. */
export class WavListener {
  #head: Uint8Array = new Uint8Array(0)
  #shape: Shape | 'unknown' | undefined
  #peaks: number[] = []
  #binFrames = 1
  #dataBytes = 0
  #samples = 0
  #oddByte: number | undefined

  push(bytes: Uint8Array): void {
    if (this.#shape === 'unknown') return
    if (this.#shape === undefined) this.#readHead(bytes)
    else this.#listen(bytes, this.#shape)
  }

  #readHead(bytes: Uint8Array): void {
    this.#head = concat(this.#head, bytes)
    const shape = readShape(this.#head)
    if (shape === 'incomplete') {
      if (this.#head.length > HEADER_BYTES_MAX) this.#shape = 'unknown'
      return
    }
    this.#shape = shape
    if (shape === 'unknown') return
    if (shape.sixteenBits) {
      const frameCount = Math.floor(shape.dataBytes / shape.frameBytes)
      const bins = Math.min(BINS_MAX, frameCount)
      this.#peaks = new Array<number>(bins).fill(0)
      this.#binFrames = frameCount / Math.max(1, bins)
    }
    this.#listen(this.#head.subarray(shape.dataAt), shape)
    this.#head = new Uint8Array(0)
  }

  heard(): Heard | undefined {
    if (this.#shape === undefined || this.#shape === 'unknown') return undefined
    const { channelCount, sampleRate, frameBytes, sixteenBits, dataAt } = this.#shape
    return {
      channelCount,
      sampleRate,
      frameCount: Math.floor(this.#dataBytes / frameBytes),
      peaks: this.#peaks.map((peak) => rounded(peak / 32768)),
      ...(sixteenBits && { dataAt }),
    }
  }

  #listen(bytes: Uint8Array, { channelCount, dataBytes, sixteenBits }: Shape): void {
    const data = bytes.subarray(0, dataBytes - this.#dataBytes)
    this.#dataBytes += data.length
    if (sixteenBits) this.#draw(data, channelCount)
  }

  #draw(data: Uint8Array, channelCount: number): void {
    let i = 0
    if (this.#oddByte !== undefined && data.length > 0) {
      this.#sample(this.#oddByte | ((data[0] ?? 0) << 8), channelCount)
      this.#oddByte = undefined
      i = 1
    }
    for (; i + 1 < data.length; i += 2) this.#sample((data[i] ?? 0) | ((data[i + 1] ?? 0) << 8), channelCount)
    if (i + 1 === data.length) this.#oddByte = data[i]
  }

  #sample(unsigned: number, channelCount: number): void {
    const magnitude = Math.abs((unsigned << 16) >> 16)
    const bin = Math.floor(Math.floor(this.#samples / channelCount) / this.#binFrames)
    this.#samples++
    if (magnitude > (this.#peaks[bin] ?? 32768)) this.#peaks[bin] = magnitude
  }
}

const PCM = 1
const FLOAT = 3
const EXTENSIBLE = 0xfffe

function readShape(head: Uint8Array): Shape | 'unknown' | 'incomplete' {
  if (head.length < 12) return 'incomplete'
  if (asciiAt(head, 0, 4) !== 'RIFF' || asciiAt(head, 8, 4) !== 'WAVE') return 'unknown'
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
  let format: Omit<Shape, 'dataAt' | 'dataBytes'> | undefined
  for (let at = 12; at + 8 <= head.length; ) {
    const length = view.getUint32(at + 4, true)
    if (asciiAt(head, at, 4) === 'data') {
      const known = format && format.channelCount > 0 && format.sampleRate > 0 && format.frameBytes > 0
      // One that was written to a pipe does not know its length.
      return known && format ? { ...format, dataAt: at + 8, dataBytes: length || UINT32_MAX } : 'unknown'
    }
    if (asciiAt(head, at, 4) === 'fmt ') {
      if (at + 24 > head.length) return 'incomplete'
      format = readFormat(view, at + 8)
      if (!format) return 'unknown'
    }
    at += 8 + length + (length % 2)
  }
  return 'incomplete'
}

/** Undefined where samples are packed in some way, and cannot be counted by their bytes. */
function readFormat(view: DataView, at: number): Omit<Shape, 'dataAt' | 'dataBytes'> | undefined {
  const [tag, channelCount, bits] = [
    view.getUint16(at, true),
    view.getUint16(at + 2, true),
    view.getUint16(at + 14, true),
  ]
  if (tag !== PCM && tag !== FLOAT && tag !== EXTENSIBLE) return undefined
  return {
    channelCount,
    sampleRate: view.getUint32(at + 4, true),
    frameBytes: channelCount * Math.ceil(bits / 8),
    sixteenBits: tag !== FLOAT && bits === 16,
  }
}

/** One header, and then the samples of all. Only 16-bit PCM of one shape makes one file. */
export function joinWav(parts: readonly Part[]): readonly Segment[] | undefined {
  const samples: Segment[] = []
  const first = parts[0]?.heard
  for (const { audio, heard } of parts) {
    if (heard?.dataAt === undefined) return undefined
    if (heard.channelCount !== first?.channelCount || heard.sampleRate !== first.sampleRate) return undefined
    const { dataAt, frameCount, channelCount } = heard
    samples.push(stretchOf(audio, dataAt, dataAt + frameCount * channelCount * 2))
  }
  if (!first) return undefined
  const dataBytes = samples.reduce((sum, { length }) => sum + length, 0)
  return [segmentOf(wavHeader(first, dataBytes)), ...samples]
}

const UINT32_MAX = 0xffff_ffff

/** RIFF/WAVE, 16-bit PCM, 44 bytes. Lengths beyond four bytes are written as the most they can say, as players expect. */
function wavHeader({ channelCount, sampleRate }: Heard, dataBytes: number): Uint8Array {
  const header = new Uint8Array(44)
  const view = new DataView(header.buffer)
  writeAscii(header, 0, 'RIFF')
  view.setUint32(4, Math.min(36 + dataBytes, UINT32_MAX), true)
  writeAscii(header, 8, 'WAVEfmt ')
  view.setUint32(16, 16, true)
  view.setUint16(20, PCM, true)
  view.setUint16(22, channelCount, true)
  view.setUint32(24, sampleRate, true)
  view.setUint32(28, sampleRate * channelCount * 2, true)
  view.setUint16(32, channelCount * 2, true)
  view.setUint16(34, 16, true)
  writeAscii(header, 36, 'data')
  view.setUint32(40, Math.min(dataBytes, UINT32_MAX), true)
  return header
}

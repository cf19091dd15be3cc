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
  #dataBytes = 0
  #peaks: number[] = []
  /** Samples that have passed, those that were announced, the bin that is being filled, and where it ends. */
  #at = 0
  #samplesMax = 0
  #bin = 0
  #binEndsAt = 0
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
      this.#samplesMax = frameCount * shape.channelCount
      this.#binEndsAt = this.#endOfBin(0, shape.channelCount)
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

  /** A sample whose bytes came apart is put together again; the others are read where they are. */
  #draw(data: Uint8Array, channelCount: number): void {
    const [first] = data
    if (first === undefined) return
    const odd = this.#oddByte
    if (odd !== undefined) this.#hear(Int16Array.of(((odd | (first << 8)) << 16) >> 16), channelCount)
    const rest = odd === undefined ? data : data.subarray(1)
    this.#oddByte = rest.length % 2 === 1 ? rest.at(-1) : undefined
    this.#hear(samplesOf(rest), channelCount)
  }

  #hear(samples: Int16Array, channelCount: number): void {
    const end = Math.min(samples.length, this.#samplesMax - this.#at)
    for (let from = 0; from < end; ) {
      const to = Math.min(end, from + this.#binEndsAt - this.#at)
      this.#peaks[this.#bin] = Math.max(this.#peaks[this.#bin] ?? 0, loudest(samples, from, to))
      this.#at += to - from
      from = to
      if (this.#at < this.#binEndsAt) continue
      this.#bin++
      this.#binEndsAt = this.#endOfBin(this.#bin, channelCount)
    }
  }

  #endOfBin(bin: number, channelCount: number): number {
    const frameCount = this.#samplesMax / channelCount
    return Math.ceil(((bin + 1) * frameCount) / this.#peaks.length) * channelCount
  }
}

/** As WAV has them, every machine that this runs on has them: little-endian. They only have to begin at an even place. */
function samplesOf(bytes: Uint8Array): Int16Array {
  const { buffer, byteOffset } = bytes.byteOffset % 2 === 0 ? bytes : new Uint8Array(bytes)
  return new Int16Array(buffer, byteOffset, Math.floor(bytes.length / 2))
}

function loudest(samples: Int16Array, from: number, to: number): number {
  let [low, high] = [0, 0]
  for (let i = from; i < to; i++) {
    const sample = samples[i] ?? 0
    if (sample > high) high = sample
    else if (sample < low) low = sample
  }
  return Math.max(high, -low)
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

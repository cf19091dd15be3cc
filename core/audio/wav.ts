import { asciiAt } from './bytes.ts'
import { HeadReader, type Reading } from './head.ts'
import type { Heard, PcmCoding } from './heard.ts'
import { WavPeaks } from './wav-peaks.ts'

interface Format {
  readonly channelCount: number
  readonly sampleRate: number
  /** A sample of every channel. */
  readonly frameBytes: number
  /** Undefined where it is 16-bit integers. */
  readonly pcm: PcmCoding | undefined
}

interface Data {
  readonly at: number
  /** As announced, which what was written to a pipe or was cut off does not come up to. */
  readonly length: number
}

/** Counts the samples of a WAV file, and draws the waveform of 16-bit PCM. Source: RIFF/WAVE, little-endian chunks. */
export class WavListener {
  readonly #head = new HeadReader(this.#readHead())
  /** Known before the whole head is. */
  #format: Format | undefined
  #dataBytes = 0
  #peaks: WavPeaks | undefined

  push(bytes: Uint8Array): void {
    const body = this.#head.push(bytes)
    const [format, data] = [this.#format, this.#head.head]
    if (!format || !data || body.length === 0) return
    const samples = body.subarray(0, data.length - this.#dataBytes)
    this.#dataBytes += samples.length
    if (format.pcm) return
    this.#peaks ??= new WavPeaks(format.channelCount, Math.floor(data.length / format.frameBytes))
    this.#peaks.push(samples)
  }

  /** A file that was cut in its head has no samples. */
  heard(): Heard | undefined {
    const [format, data] = [this.#format, this.#head.head]
    if (!format || (this.#head.over && !data)) return undefined
    const { channelCount, sampleRate, frameBytes, pcm } = format
    const frameCount = Math.floor(this.#dataBytes / frameBytes)
    const peaks = this.#peaks?.drawn(frameCount) ?? []
    return { channelCount, sampleRate, frameCount, peaks, ...(data && { dataAt: data.at }), ...(pcm && { pcm }) }
  }

  *#readHead(): Reading<Data> {
    const riff = yield { look: 12 }
    if (asciiAt(riff, 0, 4) !== 'RIFF' || asciiAt(riff, 8, 4) !== 'WAVE') return undefined
    for (let at = riff.length; ; ) {
      const chunk = yield { look: CHUNK_HEADER_BYTES }
      const name = asciiAt(chunk, 0, 4)
      const length = viewOf(chunk).getUint32(4, true)
      at += CHUNK_HEADER_BYTES
      if (name === 'data') return this.#format && { at, length: length || UINT32_MAX }
      const looked = name === 'fmt ' ? Math.min(length, FORMAT_BYTES_MAX) : 0
      if (name === 'fmt ') {
        this.#format = readFormat(viewOf(yield { look: looked }))
        if (!this.#format) return undefined
      }
      const padded = length + (length % 2)
      yield { pass: padded - looked }
      at += padded
    }
  }
}

const UINT32_MAX = 0xffff_ffff
const CHUNK_HEADER_BYTES = 8
const FORMAT_BYTES_MIN = 16
const FORMAT_BYTES_MAX = 40
/** Of the extensible format: what it is an extension of. */
const SUBFORMAT_AT = 24

export const PCM = 1
export const FLOAT = 3
const EXTENSIBLE = 0xfffe

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** Undefined where samples are packed in some way, and cannot be counted by their bytes. */
function readFormat(format: DataView): Format | undefined {
  if (format.byteLength < FORMAT_BYTES_MIN) return undefined
  const named = format.getUint16(0, true)
  const extended = named === EXTENSIBLE && format.byteLength >= SUBFORMAT_AT + 2
  const tag = extended ? format.getUint16(SUBFORMAT_AT, true) : named
  if (tag !== PCM && tag !== FLOAT) return undefined
  const channelCount = format.getUint16(2, true)
  const sampleRate = format.getUint32(4, true)
  const bitsPerSample = format.getUint16(14, true)
  const frameBytes = channelCount * Math.ceil(bitsPerSample / 8)
  if (sampleRate === 0 || frameBytes === 0) return undefined
  const isFloat = tag === FLOAT
  return {
    channelCount,
    sampleRate,
    frameBytes,
    pcm: isFloat || bitsPerSample !== 16 ? { bitsPerSample, isFloat } : undefined,
  }
}

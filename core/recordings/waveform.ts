import type { Instant } from '../ids.ts'

/** A picture of the loudness over time. */
export interface Waveform {
  readonly channelCount: number
  readonly generatedAt: Instant
  /** Peak of all channels in each slice, 0..1. */
  readonly peaks: readonly number[]
  readonly sampleCount: number
  readonly sampleRate: number
  readonly source: 'wav_s16le_peak' | 'ffmpeg_decoded_peak'
}

/** What is learned of a WAV file while its bytes pass by. */
export interface Heard {
  readonly channelCount: number
  readonly sampleRate: number
  readonly frameCount: number
  readonly peaks: readonly number[]
  /** Where in the file the samples begin. */
  readonly dataAt: number
}

const BINS_MAX = 96
const HEADER_BYTES_MAX = 64 * 1024

interface Format {
  readonly channelCount: number
  readonly sampleRate: number
  readonly bitsPerSample: number
  readonly pcm: boolean
  readonly dataAt: number
  readonly dataBytes: number
}

/**
 * Draws the waveform of 16-bit PCM while the file streams through, so that nothing is read twice and nothing is held.
 * Anything else passes by unheard. Source: RIFF/WAVE, chunks of a four-letter name and a little-endian length.
 */
export class WaveformListener {
  #head = new Uint8Array(0)
  #format: Format | 'unknown' | undefined
  #peaks: number[] = []
  #binFrames = 1
  #at = 0
  #oddByte: number | undefined

  push(bytes: Uint8Array): void {
    if (this.#format === 'unknown') return
    if (this.#format === undefined) this.#readHead(bytes)
    else this.#listen(bytes, this.#format)
  }

  #readHead(bytes: Uint8Array): void {
    this.#head = joined(this.#head, bytes)
    const format = readFormat(this.#head)
    if (format === 'incomplete') {
      if (this.#head.length > HEADER_BYTES_MAX) this.#format = 'unknown'
      return
    }
    this.#format = format
    if (format === 'unknown') return
    const frameCount = Math.floor(format.dataBytes / (2 * format.channelCount))
    const bins = Math.min(BINS_MAX, frameCount)
    this.#peaks = new Array<number>(bins).fill(0)
    this.#binFrames = frameCount / Math.max(1, bins)
    this.#listen(this.#head.subarray(format.dataAt), format)
    this.#head = new Uint8Array(0)
  }

  /** What was heard; undefined when it was not 16-bit PCM. A file cut short counts what there was of it. */
  heard(): Heard | undefined {
    if (this.#format === undefined || this.#format === 'unknown') return undefined
    const { channelCount, sampleRate, dataAt } = this.#format
    return {
      dataAt,
      channelCount,
      sampleRate,
      frameCount: Math.floor(this.#at / channelCount),
      peaks: this.#peaks.map((peak) => Math.round((peak / 32768) * 1000) / 1000),
    }
  }

  #listen(bytes: Uint8Array, { channelCount, dataBytes }: Format): void {
    const samplesMax = Math.floor(dataBytes / 2)
    let i = 0
    if (this.#oddByte !== undefined && bytes.length > 0) {
      this.#sample(this.#oddByte | ((bytes[0] ?? 0) << 8), channelCount)
      this.#oddByte = undefined
      i = 1
    }
    for (; i + 1 < bytes.length && this.#at < samplesMax; i += 2) {
      this.#sample((bytes[i] ?? 0) | ((bytes[i + 1] ?? 0) << 8), channelCount)
    }
    if (i + 1 === bytes.length && this.#at < samplesMax) this.#oddByte = bytes[i]
  }

  #sample(unsigned: number, channelCount: number): void {
    const magnitude = Math.abs((unsigned << 16) >> 16)
    const bin = Math.floor(Math.floor(this.#at / channelCount) / this.#binFrames)
    this.#at++
    if (magnitude > (this.#peaks[bin] ?? 32768)) this.#peaks[bin] = magnitude
  }
}

function readFormat(head: Uint8Array): Format | 'unknown' | 'incomplete' {
  if (head.length < 12) return 'incomplete'
  if (name(head, 0) !== 'RIFF' || name(head, 8) !== 'WAVE') return 'unknown'
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
  let format: Omit<Format, 'dataAt' | 'dataBytes'> | undefined
  for (let at = 12; at + 8 <= head.length; ) {
    const length = view.getUint32(at + 4, true)
    if (name(head, at) === 'data') {
      const known = format?.pcm && format.bitsPerSample === 16 && format.channelCount > 0 && format.sampleRate > 0
      // One that was written to a pipe does not know its length.
      return known && format ? { ...format, dataAt: at + 8, dataBytes: length || 0xffff_ffff } : 'unknown'
    }
    if (name(head, at) === 'fmt ') {
      if (at + 24 > head.length) return 'incomplete'
      const tag = view.getUint16(at + 8, true)
      format = {
        pcm: tag === 1 || tag === 0xfffe,
        channelCount: view.getUint16(at + 10, true),
        sampleRate: view.getUint32(at + 12, true),
        bitsPerSample: view.getUint16(at + 22, true),
      }
    }
    at += 8 + length + (length % 2)
  }
  return 'incomplete'
}

const name = (bytes: Uint8Array, at: number) => String.fromCharCode(...bytes.subarray(at, at + 4))

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}

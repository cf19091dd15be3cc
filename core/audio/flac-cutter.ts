import { concat } from './bytes.ts'
import { crc16, type FlacStream, type FrameHeader, HEADER_BYTES_MAX, readFrameHeader } from './flac-frame.ts'

export interface Frame {
  readonly header: FrameHeader
  readonly bytes: Uint8Array
}

/**
 * Cuts a FLAC stream into its frames as it comes. A frame does not say how long it is: it ends where its CRC-16 is right and
 * the header of the next number stands. Where that is not found any more, as in a damaged file, the rest is not cut.
 */
export class FrameCutter {
  readonly #stream: FlacStream
  #next: number
  /** Of the frame that `#pending` begins with. */
  #open: FrameHeader | undefined
  #pending: Uint8Array = new Uint8Array(0)
  #searched = 0
  /** Over `#pending` up to where it was last asked for, so that no byte is summed twice. */
  #crc = { value: 0, to: 0 }
  #lost = false
  #foreign = false

  /** From the frame of this number on. */
  constructor(stream: FlacStream, number = 0) {
    this.#stream = stream
    this.#next = number
  }

  /** What it began with was no frame of such a stream. */
  get foreign(): boolean {
    return this.#foreign
  }

  push(bytes: Uint8Array): readonly Frame[] {
    if (this.#lost) return []
    this.#pending = concat(this.#pending, bytes)
    const frames = this.#cut(HEADER_BYTES_MAX)
    if (this.#open ? this.#pending.length > longestFrame(this.#open, this.#stream) : this.#searched > 0) this.#giveUp()
    return frames
  }

  /** When there are no more bytes. */
  end(): readonly Frame[] {
    if (this.#lost) return []
    const frames = this.#cut(1)
    const last = this.#last()
    this.#giveUp()
    return last ? [...frames, last] : frames
  }

  /** It ends with the bytes, or was cut short itself, or what was cut short is the header of one more. */
  #last(): Frame | undefined {
    const [header, bytes] = [this.#open, this.#pending]
    if (!header) return undefined
    const from = Math.max(header.headerBytes, this.#crc.to, bytes.length - HEADER_BYTES_MAX + 1)
    for (let at = from; at <= bytes.length; at++) {
      const mayEnd = at === bytes.length || bytes[at] === SYNC
      if (mayEnd && this.#endsAt(at)) return { header, bytes: bytes.subarray(0, at) }
    }
    return undefined
  }

  /** Looks only where so many bytes follow as a header may take. */
  #cut(headerBytes: number): Frame[] {
    const frames: Frame[] = []
    const bytes = this.#pending
    let start = 0
    let at = bytes.indexOf(SYNC, this.#searched)
    for (; at !== -1 && at + headerBytes <= bytes.length; at = bytes.indexOf(SYNC, at + 1)) {
      const header = readFrameHeader(bytes, at)
      if (!header || !this.#follows(header)) continue
      if (this.#open ? !this.#endsAt(at) : at > 0) continue
      if (this.#open) frames.push({ header: this.#open, bytes: bytes.subarray(start, at) })
      start = at
      this.#open = header
      this.#next++
      this.#crc = { value: 0, to: at }
    }
    this.#pending = bytes.subarray(start)
    this.#searched = (at === -1 ? bytes.length : at) - start
    this.#crc.to -= start
    return frames
  }

  #follows({ number, channelCount, sampleRate, bitsPerSample }: FrameHeader): boolean {
    const stream = this.#stream
    return (
      number === this.#next &&
      channelCount === stream.channelCount &&
      (sampleRate ?? stream.sampleRate) === stream.sampleRate &&
      (bitsPerSample ?? stream.bitsPerSample) === stream.bitsPerSample
    )
  }

  /** The check at the end of a frame makes the sum over all of it zero. */
  #endsAt(at: number): boolean {
    const { value, to } = this.#crc
    this.#crc = { value: crc16(this.#pending, to, at, value), to: at }
    return this.#crc.value === 0
  }

  #giveUp(): void {
    this.#lost = true
    this.#foreign ||= !this.#open && this.#pending.length >= HEADER_BYTES_MAX
    this.#pending = new Uint8Array(0)
  }
}

const SYNC = 0xff

/** Samples as they are, with a bit more for the difference of two channels, is the worst that an encoder resorts to. */
const longestFrame = ({ blockSize, channelCount }: FrameHeader, { bitsPerSample }: FlacStream): number =>
  1024 + channelCount * Math.ceil((blockSize * (bitsPerSample + 1)) / 8)

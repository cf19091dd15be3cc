import { Pending } from './bytes.ts'
import { crc16, type FlacStream, type FrameHeader, HEADER_BYTES_MAX, readFrameHeader } from './flac-frame.ts'

export interface Frame {
  readonly header: FrameHeader
  /** A view, good until more bytes are pushed. */
  readonly bytes: Uint8Array
}

/**
 * Cuts a FLAC stream into its frames as it comes. A frame does not say how long it is: it ends where its CRC-16 is right and
 * the header of the next number stands. Where that is not found any more, as in a damaged file, the rest is not cut.
 */
export class FrameCutter {
  readonly #stream: FlacStream
  #next: number
  readonly #pending = new Pending()
  /** Of the frame that `#pending` begins with. */
  #open: FrameHeader | undefined
  /** Where in `#pending` the next frame begins at the latest: at once, where none is open. */
  #reach = 0
  #searched = 0
  /** Over `#pending` up to where it was last asked for, so that no byte is summed twice. */
  #crc = { value: 0, to: 0 }
  #lost = false

  /** From the frame of this number on. */
  constructor(stream: FlacStream, number = 0) {
    this.#stream = stream
    this.#next = number
  }

  /** There came bytes that belong to no frame, nor to the beginning of one. */
  get lost(): boolean {
    return this.#lost
  }

  push(bytes: Uint8Array): readonly Frame[] {
    if (this.#lost) return []
    this.#pending.append(bytes)
    const frames = this.#cut(HEADER_BYTES_MAX)
    this.#lost = this.#searched > this.#reach
    if (this.#lost) this.#close()
    return frames
  }

  /** When there are no more bytes. */
  end(): readonly Frame[] {
    if (this.#lost) return []
    const frames = this.#cut(1)
    const last = this.#last()
    this.#close()
    return last ? [...frames, last] : frames
  }

  /** It ends with the bytes, or was cut short itself, or what was cut short is the header of one more. */
  #last(): Frame | undefined {
    const [header, bytes] = [this.#open, this.#pending.bytes]
    if (!header) return undefined
    let end: number | undefined
    const from = Math.max(header.headerBytes, this.#crc.to, bytes.length - HEADER_BYTES_MAX + 1)
    for (let at = from; at <= Math.min(bytes.length, this.#reach); at++) {
      const mayEnd = at === bytes.length || bytes[at] === SYNC
      // The longest, as it would be found again among its own bytes alone.
      if (mayEnd && this.#endsAt(bytes, at)) end = at
    }
    return end === undefined ? undefined : { header, bytes: bytes.subarray(0, end) }
  }

  /** Looks only where so many bytes follow as a header may take, and only as far as the open frame may reach. */
  #cut(headerBytes: number): Frame[] {
    const frames: Frame[] = []
    const bytes = this.#pending.bytes
    let start = 0
    let at = bytes.indexOf(SYNC, this.#searched)
    for (; at !== -1 && at + headerBytes <= bytes.length; at = bytes.indexOf(SYNC, at + 1)) {
      if (at - start > this.#reach) break
      const header = readFrameHeader(bytes, at)
      if (!header || !this.#follows(header)) continue
      if (this.#open && !this.#endsAt(bytes, at)) continue
      if (this.#open) frames.push({ header: this.#open, bytes: bytes.subarray(start, at) })
      start = at
      this.#begin(header, at)
    }
    this.#searched = (at === -1 ? bytes.length : at) - start
    this.#crc.to -= start
    this.#pending.drop(start)
    return frames
  }

  #begin(header: FrameHeader, at: number): void {
    this.#open = header
    this.#reach = longestFrame(header, this.#stream)
    this.#next++
    this.#crc = { value: 0, to: at }
  }

  #close(): void {
    this.#open = undefined
    this.#pending.drop(this.#pending.bytes.length)
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
  #endsAt(bytes: Uint8Array, at: number): boolean {
    const { value, to } = this.#crc
    this.#crc = { value: crc16(bytes, to, at, value), to: at }
    return this.#crc.value === 0
  }
}

const SYNC = 0xff

/** Samples as they are, with a bit more for the difference of two channels, is the worst that an encoder resorts to. */
const longestFrame = ({ blockSize, channelCount }: FrameHeader, { bitsPerSample }: FlacStream): number =>
  1024 + channelCount * Math.ceil((blockSize * (bitsPerSample + 1)) / 8)

import type { Format, Heard } from '../audio/heard.ts'
import type { Result } from '../result.ts'

/** Audio bytes. They come before the row that owns them, so that a row never names bytes that are not there. */
export interface Media {
  /**
   * Takes bytes to a place nobody sees, hashing as they pass. Refuses more than `limitBytes`, and what the disk
   * does not take. It is done with each chunk when it asks for the next.
   */
  receive(bytes: AsyncIterable<Uint8Array>, limitBytes: number): Promise<Result<Staged>>
  /** The bytes that were filed under this path with this checksum; null when they are not there. */
  open(path: string, checksum: string): Promise<Audio | null>
}

export interface Staged {
  /** `sha256:` and hex. */
  readonly checksum: string
  readonly sizeBytes: number
  readonly heard?: Heard
  /**
   * Files the bytes, durably, beside whatever was filed under this path before; the same bytes twice are filed once. Refuses
   * what the disk does not take.
   */
  keep(path: string): Promise<Result<void>>
  /** Throws away what was not kept. */
  discard(): Promise<void>
}

export interface Audio {
  readonly sizeBytes: number
  /** The path of the file, where it is one, for a transport that can send files. */
  readonly place?: string
  /** Bytes `start` to `end`, both included. */
  read(start: number, end: number): AsyncIterable<Uint8Array>
}

/** Decodes what we do not decode ourselves, to see how loud it is. */
export interface Decoder {
  /**
   * What was learned of this file so far, and its peaks. Undefined when it cannot be decoded, or not in time: a waveform is
   * a courtesy, and nothing fails for want of one.
   */
  hear(place: string, format: Format, learned: Heard | undefined): Promise<Heard | undefined>
}

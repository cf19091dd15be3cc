import type { Format, Heard } from '../audio/heard.ts'
import type { Instant } from '../ids.ts'
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
  /** These bytes are about to be named by no row any more. What becomes of them is seen later. */
  doubt(path: string, checksum: string): Promise<void>
  /** Bytes that no row may name: kept and never said to be named since, or doubted. */
  doubtful(): readonly Doubtful[]
  /**
   * It has been looked up. Those that no row names are removed, unless someone has them in hand or has kept the same again
   * since; where that could not be told, they are looked at again later.
   */
  resolve(doubtful: Doubtful, named: boolean | undefined): Promise<void>
}

/** Bytes in their place, of which it is not known whether a row names them. */
export interface Doubtful {
  readonly id: string
  readonly path: string
  readonly checksum: string
  readonly since: Instant
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
  /** A row names what was kept. Until this is said it is in doubt. */
  named(path: string): Promise<void>
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

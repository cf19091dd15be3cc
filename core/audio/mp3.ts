import { asciiAt, Pending } from './bytes.ts'
import type { Heard } from './heard.ts'

/** Of a frame of MPEG audio, layer III. */
export interface Mp3Header {
  /** 3: MPEG 1; 2: MPEG 2, of half its rates; 0: MPEG 2.5, of a quarter. */
  readonly version: number
  readonly sampleRate: number
  readonly channelCount: number
  /** Bytes of the frame, its header included. */
  readonly length: number
}

export const HEADER_BYTES = 4
export const MPEG_1 = 3
const kbps1 = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320]
const kbps2 = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160]
const rates = [44_100, 48_000, 32_000]
const RATE_DIVISORS: Readonly<Record<number, number>> = { 3: 1, 2: 2, 0: 4 }
const SYNC = 0xff
const LAYER_III = 1
const MONO = 3
const WITHOUT_CRC = 1

export const samplesPerFrame = ({ version }: Pick<Mp3Header, 'version'>): number => (version === MPEG_1 ? 1152 : 576)

/** What stands between a header and the sound: bytes that a frame without sound has too. */
export const sideInfoBytes = ({ version, channelCount }: Pick<Mp3Header, 'version' | 'channelCount'>): number =>
  version === MPEG_1 ? (channelCount === 1 ? 17 : 32) : channelCount === 1 ? 9 : 17

/** Undefined of what is no header. One that leaves its bitrate open does not say how long its frame is. */
export function readMp3Header(bytes: Uint8Array, at: number): Mp3Header | undefined {
  const kind = bytes[at + 1] ?? 0
  if (bytes[at] !== SYNC || kind >> 5 !== 7 || ((kind >> 1) & 3) !== LAYER_III) return undefined
  const coding = bytes[at + 2] ?? 0
  const mode = bytes[at + 3] ?? 0
  const version = (kind >> 3) & 3
  const kbps = (version === MPEG_1 ? kbps1 : kbps2)[coding >> 4] ?? 0
  const rate = rates[(coding >> 2) & 3]
  const divisor = RATE_DIVISORS[version]
  if (kbps === 0 || rate === undefined || divisor === undefined) return undefined
  const sampleRate = rate / divisor
  const padding = (coding >> 1) & 1
  const length = Math.floor((samplesPerFrame({ version }) * 125 * kbps) / sampleRate) + padding
  return { version, sampleRate, channelCount: mode >> 6 === MONO ? 1 : 2, length }
}

/** A frame without sound, with so much room in it. */
export function silentFrame(sampleRate: number, channelCount: number, roomBytes: number): Uint8Array {
  const version = sampleRate >= 32_000 ? MPEG_1 : sampleRate >= 16_000 ? 2 : 0
  const rateCode = rates.indexOf(sampleRate * (RATE_DIVISORS[version] ?? 1))
  const head = (kbpsCode: number) =>
    Uint8Array.of(
      0xff,
      0xe0 | (version << 3) | (LAYER_III << 1) | WITHOUT_CRC,
      (kbpsCode << 4) | (rateCode << 2),
      channelCount === 1 ? MONO << 6 : 0,
    )
  const heads = kbps1.map((_, code) => head(code))
  const lengthOf = (head: Uint8Array) => readMp3Header(head, 0)?.length ?? 0
  const fitting = heads.find((each) => lengthOf(each) >= roomBytes) ?? head(kbps1.length - 1)
  const frame = new Uint8Array(lengthOf(fitting))
  frame.set(fitting)
  return frame
}

/** Before the first frame, and after it. */
const LEAD_BYTES_MAX = 64 * 1024
const GAP_BYTES_MAX = 4 * 1024 * 1024

/** Counts the frames of an MP3 file while it streams by: those with sound, without tags and without a description. */
export class Mp3Listener {
  readonly #pending = new Pending()
  /** Where in the file `#pending` begins. */
  #at = 0
  #skip = 0
  #first: Mp3Header | undefined
  /** The last frame ended here, so that the next one is believed by its header alone. */
  #inSync = false
  /** Since the last frame, or before there was one. */
  #passedOver = 0
  #frames = 0
  #from = 0
  #to = 0

  push(bytes: Uint8Array): void {
    if (this.#lost) return
    this.#pending.append(bytes)
    const pending = this.#pending.bytes
    let at = 0
    for (let length = 1; length > 0 && !this.#lost; at += length) length = this.#step(pending, at)
    this.#pending.drop(at)
    this.#at += at
  }

  heard(): Heard | undefined {
    if (!this.#first) return undefined
    const { channelCount, sampleRate } = this.#first
    const frameCount = this.#frames * samplesPerFrame(this.#first)
    return { channelCount, sampleRate, frameCount, peaks: [], mp3: { from: this.#from, to: this.#to } }
  }

  /** What was counted before stands. */
  get #lost(): boolean {
    return this.#passedOver > (this.#first ? GAP_BYTES_MAX : LEAD_BYTES_MAX)
  }

  /** How many bytes the thing takes that begins there; 0 when there are too few to say what it is. */
  #step(bytes: Uint8Array, at: number): number {
    const left = bytes.length - at
    if (this.#skip > 0) {
      const skipped = Math.min(this.#skip, left)
      this.#skip -= skipped
      return skipped
    }
    if (left < TAG_HEADER_BYTES) return 0
    if (!this.#first && this.#passedOver === 0 && asciiAt(bytes, at, 3) === 'ID3') {
      this.#skip = tagBytes(bytes.subarray(at, at + TAG_HEADER_BYTES)) - TAG_HEADER_BYTES
      return TAG_HEADER_BYTES
    }
    const header = this.#likeTheFirst(bytes, at)
    if (!header) return this.#passOver(bytes, at)
    if (left < header.length + (this.#inSync ? 0 : HEADER_BYTES)) return 0
    if (!this.#inSync && !this.#likeTheFirst(bytes, at + header.length, header)) return this.#passOver(bytes, at)
    this.#take(header, bytes.subarray(at, at + header.length), this.#at + at)
    return header.length
  }

  #take(header: Mp3Header, frame: Uint8Array, at: number): void {
    this.#inSync = true
    this.#passedOver = 0
    const describes = !this.#first && isDescription(frame, header)
    this.#first ??= header
    if (this.#frames === 0) this.#from = at + (describes ? header.length : 0)
    if (!describes) this.#frames++
    this.#to = at + header.length
  }

  #likeTheFirst(bytes: Uint8Array, at: number, first = this.#first): Mp3Header | undefined {
    const header = readMp3Header(bytes, at)
    return !first || (header?.version === first.version && header.sampleRate === first.sampleRate) ? header : undefined
  }

  /** Something else, a tag at the end or damage, up to what may be a frame. */
  #passOver(bytes: Uint8Array, at: number): number {
    this.#inSync = false
    let next = bytes.indexOf(SYNC, at + 1)
    while (next !== -1 && next + HEADER_BYTES <= bytes.length && !readMp3Header(bytes, next)) {
      next = bytes.indexOf(SYNC, next + 1)
    }
    const length = (next === -1 ? bytes.length : next) - at
    this.#passedOver += length
    return length
  }
}

const TAG_HEADER_BYTES = 10

/** ID3v2: a length of four times seven bits, which does not count the header, nor the footer where there is one. */
function tagBytes(tag: Uint8Array): number {
  const length = tag.subarray(6, TAG_HEADER_BYTES).reduce((sum, byte) => sum * 128 + (byte & 127), 0)
  const hasFooter = ((tag[5] ?? 0) & 0x10) !== 0
  return TAG_HEADER_BYTES + length + (hasFooter ? TAG_HEADER_BYTES : 0)
}

const CRC_BYTES = 2
const VBRI_AT = HEADER_BYTES + 32

/** The first frame of many files has no sound, and says how many follow: that is true of the file, and not of the whole. */
function isDescription(frame: Uint8Array, header: Mp3Header): boolean {
  const infoAt = HEADER_BYTES + sideInfoBytes(header)
  const named = [infoAt, infoAt + CRC_BYTES].map((at) => asciiAt(frame, at, 4))
  return named.some((name) => name === 'Xing' || name === 'Info') || asciiAt(frame, VBRI_AT, 4) === 'VBRI'
}

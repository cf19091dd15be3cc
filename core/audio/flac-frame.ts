/** A FLAC stream as its first metadata block has it. */
export interface FlacStream {
  readonly sampleRate: number
  readonly channelCount: number
  readonly bitsPerSample: number
}

/** What a frame says of itself. Source for all of this file: RFC 9639, section 9. */
export interface FrameHeader {
  /** Of all frames of the file, where blocks are of one size. */
  readonly number: number
  /** How many bytes that number takes. */
  readonly numberBytes: number
  /** Samples of each channel. */
  readonly blockSize: number
  readonly channelCount: number
  /** Undefined where the stream's is meant. */
  readonly sampleRate: number | undefined
  readonly bitsPerSample: number | undefined
  readonly headerBytes: number
}

/** No header is longer, with the largest number and with block size and rate after it. */
export const HEADER_BYTES_MAX = 16
const FIXED_BLOCKS = 0xf8
const VARIABLE_BLOCKS = 0xf9
const NUMBER_AT = 4
const CRC16_BYTES = 2

/** Undefined of what is no header, or no whole one, or one of a stream whose blocks are of any size. */
export function readFrameHeader(bytes: Uint8Array, at: number): FrameHeader | undefined {
  if (bytes[at] !== 0xff || bytes[at + 1] !== FIXED_BLOCKS) return undefined
  const sizeAndRate = bytes[at + 2] ?? 0
  const channelsAndBits = bytes[at + 3] ?? 0
  const sizeCode = sizeAndRate >> 4
  const rateCode = sizeAndRate & 15
  const channelCode = channelsAndBits >> 4
  const bitsPerSample = bitDepths[(channelsAndBits >> 1) & 7]
  if (sizeCode === 0 || rateCode === 15 || channelCode > MID_SIDE || bitsPerSample === 0) return undefined
  if ((channelsAndBits & 1) === 1) return undefined

  const coded = readCodedNumber(bytes, at + NUMBER_AT)
  if (!coded) return undefined
  const sizeAt = at + NUMBER_AT + coded.length
  const sizeBytes = sizeCode === 6 ? 1 : sizeCode === 7 ? 2 : 0
  const rateAt = sizeAt + sizeBytes
  const crcAt = rateAt + (rateCode === 12 ? 1 : rateCode > 12 ? 2 : 0)
  if (crcAt >= bytes.length || crc8(bytes, at, crcAt) !== bytes[crcAt]) return undefined
  const blockSize = sizeBytes > 0 ? 1 + readUint(bytes, sizeAt, sizeBytes) : (blockSizes[sizeCode] ?? 0)
  if (blockSize > BLOCK_SIZE_MAX) return undefined
  return {
    number: coded.value,
    numberBytes: coded.length,
    blockSize,
    channelCount: channelCode > 7 ? 2 : channelCode + 1,
    sampleRate: rateCode > 11 ? readUint(bytes, rateAt, crcAt - rateAt) * (rateUnits[rateCode] ?? 1) : rates[rateCode],
    bitsPerSample,
    headerBytes: crcAt + 1 - at,
  }
}

const MID_SIDE = 10
/** A header could say one more, which the first metadata block could not. */
const BLOCK_SIZE_MAX = 65_535
const blockSizes = [0, 192, 576, 1152, 2304, 4608, 0, 0, 256, 512, 1024, 2048, 4096, 8192, 16_384, 32_768]
const rates = [undefined, 88_200, 176_400, 192_000, 8000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000]
const rateUnits: Readonly<Record<number, number>> = { 12: 1000, 13: 1, 14: 10 }
/** By their code; 0 is none that may be used. */
const bitDepths = [undefined, 8, 12, 0, 16, 20, 24, 32]

const readUint = (bytes: Uint8Array, at: number, length: number): number =>
  bytes.subarray(at, at + length).reduce((value, byte) => value * 256 + byte, 0)

/** The frame as one of a stream whose blocks are of any size: it then says which of all samples its first one is. */
export function renumbered(frame: Uint8Array, header: FrameHeader, sample: number): Uint8Array {
  const number = codedNumber(sample)
  const rest = frame.subarray(NUMBER_AT + header.numberBytes)
  const out = new Uint8Array(NUMBER_AT + number.length + rest.length)
  out.set(frame.subarray(0, NUMBER_AT))
  out[1] = VARIABLE_BLOCKS
  out.set(number, NUMBER_AT)
  out.set(rest, NUMBER_AT + number.length)
  const crc8At = header.headerBytes - 1 + number.length - header.numberBytes
  out[crc8At] = crc8(out, 0, crc8At)
  const crc16At = out.length - CRC16_BYTES
  const crc = crc16(out, 0, crc16At)
  out[crc16At] = crc >> 8
  out[crc16At + 1] = crc & 0xff
  return out
}

/** The numbers from which on a byte more is needed: like UTF-8, but up to 36 bits. */
const LONGER_FROM = [2 ** 7, 2 ** 11, 2 ** 16, 2 ** 21, 2 ** 26, 2 ** 31]
export const CODED_NUMBERS = 2 ** 36

const codedLength = (number: number): number =>
  LONGER_FROM.reduce((length, from) => (number >= from ? length + 1 : length), 1)

/** How many bytes so many numbers take together, from `first` on in steps. */
export function codedBytes(first: number, step: number, count: number): number {
  const shorter = (from: number) => Math.max(0, Math.min(count, Math.ceil((from - first) / step)))
  return LONGER_FROM.reduce((bytes, from) => bytes + count - shorter(from), count)
}

/** How long a frame is when it is renumbered. */
export const renumberedLength = (frame: Uint8Array, { numberBytes }: FrameHeader, sample: number): number =>
  frame.length - numberBytes + codedLength(sample)

export function codedNumber(number: number): Uint8Array {
  const length = codedLength(number)
  if (length === 1) return Uint8Array.of(number)
  const out = new Uint8Array(length)
  let rest = number
  for (let i = length - 1; i > 0; i--) {
    out[i] = 0x80 | (rest % 64)
    rest = Math.floor(rest / 64)
  }
  out[0] = ((0xff00 >> length) & 0xff) | rest
  return out
}

/** Only as short as it can be: of one that is longer the length of its frame among others would not follow from its number. */
function readCodedNumber(
  bytes: Uint8Array,
  at: number,
): { readonly value: number; readonly length: number } | undefined {
  const first = bytes[at] ?? 0xff
  const length = first < 0x80 ? 1 : Math.clz32(~(first << 24))
  if ((first >= 0x80 && length < 2) || length > 7) return undefined
  let value = first & (0xff >> (length === 1 ? 0 : length + 1))
  for (let i = 1; i < length; i++) {
    const byte = bytes[at + i] ?? 0
    if (byte >> 6 !== 2) return undefined
    value = value * 64 + (byte & 63)
  }
  return codedLength(value) === length ? { value, length } : undefined
}

function crc8(bytes: Uint8Array, from: number, to: number): number {
  let crc = 0
  for (let i = from; i < to; i++) crc = crc8Table[crc ^ (bytes[i] ?? 0)] ?? 0
  return crc
}

/** Goes on from what it was before. */
export function crc16(bytes: Uint8Array, from: number, to: number, before = 0): number {
  let crc = before
  for (let i = from; i < to; i++) crc = ((crc << 8) & 0xffff) ^ (crc16Table[(crc >> 8) ^ (bytes[i] ?? 0)] ?? 0)
  return crc
}

const crc8Table = crcTable(8, 0x07)
const crc16Table = crcTable(16, 0x8005)

function crcTable(width: 8 | 16, polynomial: number): Uint16Array {
  const [top, mask] = [1 << (width - 1), (1 << width) - 1]
  return Uint16Array.from({ length: 256 }, (_, byte) => {
    let crc = byte << (width - 8)
    for (let bit = 0; bit < 8; bit++) crc = ((crc << 1) ^ (crc & top ? polynomial : 0)) & mask
    return crc
  })
}

import type { Heard } from './heard.ts'
import { Listener } from './listener.ts'

/** What is heard of bytes that come in pieces of these lengths, again and again. */
export function listen(bytes: Uint8Array, cuts: readonly number[] = [bytes.length]): Heard | undefined {
  const listener = new Listener()
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const length = cuts[i % cuts.length] ?? 1
    listener.push(bytes.subarray(at, at + length))
    at += length
  }
  return listener.heard()
}

export const ascii = (text: string) => [...text].map((each) => each.charCodeAt(0))
const u16 = (n: number) => [n & 255, n >> 8]
const u32 = (n: number) => [...u16(n & 0xffff), ...u16(n >>> 16)]

/** A WAV as a recorder writes it, with a chunk before the data that nobody asked for. */
export function wav(samples: readonly number[], channelCount: number, rate = 48000): Uint8Array {
  const data = samples.flatMap((each) => u16(each & 0xffff))
  const format = [
    ...u16(1),
    ...u16(channelCount),
    ...u32(rate),
    ...u32(rate * channelCount * 2),
    ...u16(channelCount * 2),
    ...u16(16),
  ]
  const chunks = [
    ...ascii('fmt '),
    ...u32(16),
    ...format,
    ...ascii('LIST'),
    ...u32(3),
    1,
    2,
    3,
    0,
    ...ascii('data'),
    ...u32(data.length),
    ...data,
  ]
  return Uint8Array.from([...ascii('RIFF'), ...u32(4 + chunks.length), ...ascii('WAVE'), ...chunks])
}

/** The checks of RFC 9639 bit by bit. */
export function crc(bytes: readonly number[], width: 8 | 16, polynomial: number): number[] {
  let value = 0
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit--) {
      const out = ((value >> (width - 1)) ^ (byte >> bit)) & 1
      value = ((value << 1) ^ (out ? polynomial : 0)) & (2 ** width - 1)
    }
  }
  return width === 8 ? [value] : [value >> 8, value & 255]
}

/** The pattern of UTF-8, spelled out: as many ones as bytes, a nought, and then the bits, six to each byte that follows. */
export function spelled(number: number): number[] {
  if (number < 128) return [number]
  const length = [2, 3, 4, 5, 6, 7].find((each) => number < 2 ** (5 * each + 1)) ?? 7
  const bits = number.toString(2).padStart(5 * length + 1, '0')
  const first = `${'1'.repeat(length)}0${bits.slice(0, 7 - length)}`
  const rest = bits.slice(7 - length).match(/.{6}/g) ?? []
  return [first, ...rest.map((six) => `10${six}`)].map((each) => Number.parseInt(each, 2))
}

/** A mono frame of 16 bits in which every sample is the same. */
export function flacFrame(number: number, blockSize: number, sample: number, strategy = 0xf8): number[] {
  const head = [0xff, strategy, 0x70, 0x08, ...spelled(number), (blockSize - 1) >> 8, (blockSize - 1) & 255]
  const bytes = [...head, ...crc(head, 8, 0x07), 0x00, (sample >> 8) & 255, sample & 255]
  return [...bytes, ...crc(bytes, 16, 0x8005)]
}

const streamInfo = [0x0b, 0xb8, 0x00, 0xf0, 0, 0, 0, 0]
export const flacHead = [
  ...ascii('fLaC'),
  0x80,
  0,
  0,
  34,
  0,
  16,
  16,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  ...streamInfo,
  ...Array(16).fill(0),
]

export const flac = (blocks: readonly number[], sampleOf = (i: number) => i) =>
  Uint8Array.from([...flacHead, ...blocks.flatMap((blockSize, i) => flacFrame(i, blockSize, sampleOf(i)))])

export const blocks = (count: number, blockSize: number, last: number) => [...Array(count).fill(blockSize), last]

/** MPEG 1, layer III, 48 kHz, stereo: 64 kbit/s make frames of 192 bytes, 128 make 384. */
const mp3Frame = (kbps: 64 | 128, fill: number): Uint8Array => {
  const bytes = new Uint8Array(kbps * 3).fill(fill)
  bytes.set([0xff, 0xfb, kbps === 64 ? 0x54 : 0x94, 0])
  return bytes
}
const named = (bytes: Uint8Array, at: number, name: string) => {
  bytes.set(ascii(name), at)
  return bytes
}
export const description = () => named(mp3Frame(64, 0), 36, 'Info')
export const mp3Frames = (count: number, fill: number) =>
  Array.from({ length: count }, (_, i) => mp3Frame(i % 2 ? 64 : 128, fill))

/** ID3v2 of 300 bytes, full of what looks like frames. */
export const tagBefore = () => {
  const tag = new Uint8Array(310).fill(0xff)
  tag.set([0x49, 0x44, 0x33, 4, 0, 0, 0, 0, 2, 44])
  return tag
}
export const tagsAfter = () => [named(new Uint8Array(64), 0, 'APETAGEX'), named(new Uint8Array(128), 0, 'TAG')]

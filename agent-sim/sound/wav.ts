const PCM = 1
const FLOAT = 3
const EXTENSIBLE = 0xfffe
const HEADER_BYTES = 44
/** The RIFF size field counts what follows it, in 32 bits. */
export const WAV_DATA_BYTES_MAX = 0xffff_ffff - (HEADER_BYTES - 8)

/** Sound in memory: interleaved samples of sixteen bits, the form in which the pretend room plays it. */
export interface Sound {
  readonly sampleRateHz: number
  readonly channelCount: number
  readonly samples: Int16Array
}

export interface WavShape {
  readonly sampleRateHz: number
  readonly channelCount: number
  readonly frameCount: number
}

/** What is wrong with a file that should have been a WAV, in words for whoever named it. */
export class WavError extends Error {
  override readonly name = 'WavError'
}

/**
 * Reads a RIFF/WAVE file: PCM of 8, 16, 24 or 32 bits or 32-bit float, plain or extensible.
 * Sixteen bits come through untouched; every other depth is rounded to sixteen, since that is what recorders send.
 */
export function readWav(bytes: Uint8Array): Sound {
  const { format, data } = findChunks(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  const { sampleRateHz, channelCount, sampleBytes, decode } = readFormat(format)

  // A last frame cut in the middle is dropped: half a frame would shift every channel after it.
  const sampleCount = Math.floor(data.byteLength / (sampleBytes * channelCount)) * channelCount
  if (sampleCount === 0) throw new WavError('the WAV file holds no sound')
  const samples = new Int16Array(sampleCount)
  for (let at = 0; at < sampleCount; at++) samples[at] = decode(data, at * sampleBytes)
  return { sampleRateHz, channelCount, samples }
}

/** The sound as a WAV file of 16-bit PCM. */
export function writeWav({ samples, ...shape }: Sound): Uint8Array<ArrayBuffer> {
  const blank = blankWav({ ...shape, frameCount: samples.length / shape.channelCount })
  blank.samples.set(samples)
  return blank.bytes
}

/** A silent WAV file and a view of its samples, so that a long capture is written right where it is sent from. */
export function blankWav({ sampleRateHz, channelCount, frameCount }: WavShape) {
  const blockBytes = channelCount * 2
  const dataBytes = frameCount * blockBytes
  if (!Number.isInteger(frameCount)) throw new WavError('the samples do not divide into whole frames')
  if (dataBytes > WAV_DATA_BYTES_MAX) throw new WavError('a WAV file holds at most 4 GiB')

  const buffer = new ArrayBuffer(HEADER_BYTES + dataBytes)
  const view = new DataView(buffer)
  writeText(view, 0, 'RIFF')
  view.setUint32(4, HEADER_BYTES - 8 + dataBytes, true)
  writeText(view, 8, 'WAVEfmt ')
  view.setUint32(16, 16, true)
  view.setUint16(20, PCM, true)
  view.setUint16(22, channelCount, true)
  view.setUint32(24, sampleRateHz, true)
  view.setUint32(28, sampleRateHz * blockBytes, true)
  view.setUint16(32, blockBytes, true)
  view.setUint16(34, 16, true)
  writeText(view, 36, 'data')
  view.setUint32(40, dataBytes, true)
  // Every machine we run on is little-endian, as WAV is: a plain array can look at the file's own samples.
  return { bytes: new Uint8Array(buffer), samples: new Int16Array(buffer, HEADER_BYTES) }
}

/** The first `fmt ` and the first `data` chunk, wherever they stand among others. */
function findChunks(file: DataView): { readonly format: DataView; readonly data: DataView } {
  if (file.byteLength < 12) throw new WavError(`${file.byteLength} bytes are too few for a WAV file`)
  const container = readText(file, 0)
  if (container !== 'RIFF') throw new WavError(`not a RIFF file: it begins with ${JSON.stringify(container)}`)
  if (readText(file, 8) !== 'WAVE') throw new WavError(`a RIFF file of kind ${JSON.stringify(readText(file, 8))}`)

  const found: { format?: DataView; data?: DataView } = {}
  for (let at = 12; at + 8 <= file.byteLength; ) {
    const start = at + 8
    const claimedBytes = file.getUint32(at + 4, true)
    // Recorders that were cut off, and pipes that could not seek back, claim more than there is: take what is there.
    const chunk = new DataView(file.buffer, file.byteOffset + start, Math.min(claimedBytes, file.byteLength - start))
    const name = readText(file, at)
    if (name === 'fmt ') found.format ??= chunk
    if (name === 'data') found.data ??= chunk
    at = start + claimedBytes + (claimedBytes % 2)
  }
  if (!found.format) throw new WavError('the WAV file has no fmt chunk')
  if (!found.data) throw new WavError('the WAV file has no data chunk')
  return { format: found.format, data: found.data }
}

function readFormat(format: DataView) {
  if (format.byteLength < 16) throw new WavError(`the fmt chunk has ${format.byteLength} bytes, not 16 or more`)
  const channelCount = format.getUint16(2, true)
  const sampleRateHz = format.getUint32(4, true)
  const blockBytes = format.getUint16(12, true)
  const sampleBits = format.getUint16(14, true)
  const encoding = encodingOf(format)

  if (channelCount === 0) throw new WavError('the WAV file has no channels')
  if (sampleRateHz === 0) throw new WavError('the WAV file has no sample rate')
  const decode = decoders[`${encoding}/${sampleBits}`]
  if (!decode) throw new WavError(`samples of format ${encoding} with ${sampleBits} bits are not supported`)
  const sampleBytes = sampleBits / 8
  if (blockBytes !== sampleBytes * channelCount) {
    throw new WavError(`a frame of ${blockBytes} bytes does not fit ${channelCount} channels of ${sampleBits} bits`)
  }
  return { channelCount, sampleRateHz, sampleBytes, decode }
}

/** WAVE_FORMAT_EXTENSIBLE keeps the real format in the first two bytes of its sub-format. */
function encodingOf(format: DataView): number {
  const encoding = format.getUint16(0, true)
  if (encoding !== EXTENSIBLE) return encoding
  if (format.byteLength < 40) throw new WavError('the extensible fmt chunk ends before its sub-format')
  return format.getUint16(24, true)
}

type Decode = (data: DataView, at: number) => number

/** By format and bits. The widest value of a deeper format rounds up to one above full scale, hence the clamp. */
const decoders: Readonly<Record<string, Decode>> = {
  [`${PCM}/8`]: (data, at) => (data.getUint8(at) - 128) * 256,
  [`${PCM}/16`]: (data, at) => data.getInt16(at, true),
  [`${PCM}/24`]: (data, at) => toSixteenBits((data.getInt16(at + 1, true) * 256 + data.getUint8(at)) / 256),
  [`${PCM}/32`]: (data, at) => toSixteenBits(data.getInt32(at, true) / 65_536),
  [`${FLOAT}/32`]: (data, at) => toSixteenBits(data.getFloat32(at, true) * 32_768),
}

/** The nearest sample of sixteen bits; what is not a number is silence. */
export function toSixteenBits(value: number): number {
  return Number.isNaN(value) ? 0 : Math.max(-32_768, Math.min(32_767, Math.round(value)))
}

function readText(view: DataView, at: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((offset) => view.getUint8(at + offset)))
}

function writeText(view: DataView, at: number, text: string): void {
  for (const [offset, letter] of [...text].entries()) view.setUint8(at + offset, letter.charCodeAt(0))
}

import { BINS_MAX, rounded } from './peaks.ts'

/** Enough that where a bin ends is told apart from where a window does. */
const WINDOWS_MAX = 4096

/**
 * The peaks of 16-bit samples as they stream by. The bins of as many as were announced are filled, and are exact when those
 * come. When fewer do, the waveform is drawn of short windows instead: where there are too many of them, two become one.
 */
export class WavPeaks {
  readonly #channelCount: number
  readonly #announced: number
  readonly #samplesMax: number
  /** Samples that have passed. */
  #at = 0
  readonly #bins: Uint16Array
  #bin = 0
  #binEndsAt: number
  readonly #windows = new Uint16Array(WINDOWS_MAX)
  #window = 0
  #windowEndsAt: number
  #windowFrames = 1
  #oddByte: number | undefined

  constructor(channelCount: number, announced: number) {
    this.#channelCount = channelCount
    this.#announced = announced
    this.#samplesMax = announced * channelCount
    this.#bins = new Uint16Array(Math.min(BINS_MAX, announced))
    this.#binEndsAt = this.#endOfBin(0)
    this.#windowEndsAt = channelCount
  }

  /** A sample whose bytes came apart is put together again; the others are read where they are. */
  push(data: Uint8Array): void {
    const first = data[0]
    if (first === undefined) return
    const odd = this.#oddByte
    if (odd !== undefined) this.#hear(Int16Array.of(((odd | (first << 8)) << 16) >> 16))
    const rest = odd === undefined ? data : data.subarray(1)
    this.#oddByte = rest.length % 2 === 1 ? rest.at(-1) : undefined
    this.#hear(samplesOf(rest))
  }

  /** Of as many frames as came. */
  drawn(frameCount: number): number[] {
    const peaks = frameCount === this.#announced ? this.#bins : this.#redrawn(frameCount)
    return Array.from(peaks, (peak) => rounded(peak / 32_768))
  }

  #redrawn(frameCount: number): Uint16Array {
    const bins = new Uint16Array(Math.min(BINS_MAX, frameCount))
    const binOf = (frame: number) => Math.floor((frame * bins.length) / frameCount)
    for (let from = 0, window = 0; from < frameCount; from += this.#windowFrames, window++) {
      const last = Math.min(from + this.#windowFrames, frameCount) - 1
      for (let bin = binOf(from); bin <= binOf(last); bin++) raise(bins, bin, this.#windows[window] ?? 0)
    }
    return bins
  }

  #hear(samples: Int16Array): void {
    const end = Math.min(samples.length, this.#samplesMax - this.#at)
    for (let from = 0; from < end; ) {
      const to = Math.min(end, from + Math.min(this.#binEndsAt, this.#windowEndsAt) - this.#at)
      const peak = loudest(samples, from, to)
      raise(this.#bins, this.#bin, peak)
      raise(this.#windows, this.#window, peak)
      this.#at += to - from
      from = to
      if (this.#at === this.#binEndsAt) this.#binEndsAt = this.#endOfBin(++this.#bin)
      if (this.#at === this.#windowEndsAt) this.#nextWindow()
    }
  }

  #endOfBin(bin: number): number {
    return Math.ceil(((bin + 1) * this.#announced) / this.#bins.length) * this.#channelCount
  }

  #nextWindow(): void {
    this.#window++
    if (this.#window === WINDOWS_MAX) this.#halve()
    this.#windowEndsAt += this.#windowFrames * this.#channelCount
  }

  #halve(): void {
    const windows = this.#windows
    this.#window = WINDOWS_MAX / 2
    this.#windowFrames *= 2
    for (let i = 0; i < this.#window; i++) windows[i] = Math.max(windows[2 * i] ?? 0, windows[2 * i + 1] ?? 0)
    windows.fill(0, this.#window)
  }
}

function raise(peaks: Uint16Array, at: number, peak: number): void {
  if (peak > (peaks[at] ?? 0)) peaks[at] = peak
}

/** As WAV has them, every machine that this runs on has them: little-endian. They only have to begin at an even place. */
function samplesOf(bytes: Uint8Array): Int16Array {
  const { buffer, byteOffset } = bytes.byteOffset % 2 === 0 ? bytes : new Uint8Array(bytes)
  return new Int16Array(buffer, byteOffset, Math.floor(bytes.length / 2))
}

function loudest(samples: Int16Array, from: number, to: number): number {
  let [low, high] = [0, 0]
  for (let i = from; i < to; i++) {
    const sample = samples[i] ?? 0
    if (sample > high) high = sample
    else if (sample < low) low = sample
  }
  return Math.max(high, -low)
}

import type { Instant } from '../ids.ts'
import type { HeardFrame, Level } from './meter-frame.ts'

/** So many frames are kept of an interface: ten minutes, where one comes each second. */
export const FRAMES_KEPT = 600

/** One frame, over all of its channels. Levels in dBFS, scores from 0 to 1; what was not measured is 0. */
export interface Reading {
  /** By the agent's clock. */
  readonly capturedAt: Instant
  /** By the controller's. */
  readonly receivedAt: Instant
  readonly peakDbfs: number
  readonly rmsDbfs: number
  /** Of the channels' RMS, the 95th percentile. */
  readonly rmsDbfs95: number
  readonly clippingChannels: number
  readonly speechScore: number
  readonly noiseScore: number
  readonly broadbandNoiseScore: number
  readonly humScore: number
  readonly staticScore: number
  /** The strongest between any two, in either phase. */
  readonly correlationScore: number
}

/** What silence is written as. */
const SILENCE_DBFS = -160
const WIDTH = 10
const [PEAK, RMS, RMS_95, CLIPPING, SPEECH, NOISE, BROADBAND, HUM, STATIC, CORRELATION] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]

/**
 * The last frames of one interface, each as a few numbers in a ring: as objects those of a fleet would be a hundred times as
 * many things for the collector to walk through.
 */
export class LevelWindow {
  readonly #numbers = new Float32Array(FRAMES_KEPT * WIDTH)
  readonly #capturedAt = new Float64Array(FRAMES_KEPT)
  readonly #receivedAt = new Float64Array(FRAMES_KEPT)
  /** How many there have ever been. */
  #heard = 0

  get length(): number {
    return Math.min(this.#heard, FRAMES_KEPT)
  }

  get lastHeardAt(): Instant {
    return this.#receivedAt[(this.#heard - 1) % FRAMES_KEPT] ?? 0
  }

  /** One that is sent again counts once. */
  hear({ frame, receivedAt }: HeardFrame): void {
    const said = Math.trunc(Date.parse(frame.capturedAt))
    // There are dates that not every runtime reads.
    const capturedAt = Number.isNaN(said) ? receivedAt : said
    if (this.#heard > 0 && this.#capturedAt[(this.#heard - 1) % FRAMES_KEPT] === capturedAt) return
    const place = this.#heard % FRAMES_KEPT
    this.#capturedAt[place] = capturedAt
    this.#receivedAt[place] = receivedAt
    reduce(frame.levels, this.#numbers, place * WIDTH)
    this.#heard++
  }

  /** For another interface. */
  forget(): void {
    this.#heard = 0
  }

  /** The oldest first. */
  *readings(): Generator<Reading> {
    for (let i = this.#heard - this.length; i < this.#heard; i++) yield this.#at(i % FRAMES_KEPT)
  }

  #at(place: number): Reading {
    // So much is exact in a number of this size, and more is never measured.
    const number = (which: number) => Math.round((this.#numbers[place * WIDTH + which] ?? 0) * 1000) / 1000
    return {
      capturedAt: this.#capturedAt[place] ?? 0,
      receivedAt: this.#receivedAt[place] ?? 0,
      peakDbfs: number(PEAK),
      rmsDbfs: number(RMS),
      rmsDbfs95: number(RMS_95),
      clippingChannels: number(CLIPPING),
      speechScore: number(SPEECH),
      noiseScore: number(NOISE),
      broadbandNoiseScore: number(BROADBAND),
      humScore: number(HUM),
      staticScore: number(STATIC),
      correlationScore: number(CORRELATION),
    }
  }
}

/** One walk over the channels, and no view made for it, since it is done for every frame of the fleet. */
function reduce(levels: readonly Level[], into: Float32Array, from: number): void {
  let [peak, rms] = [SILENCE_DBFS, SILENCE_DBFS]
  let clipping = 0
  let [speech, noise, broadband, hum, noisy, correlation] = [0, 0, 0, 0, 0, 0]
  for (const { peakDbfs, rmsDbfs, clipping: clips, quality } of levels) {
    if (peakDbfs > peak) peak = peakDbfs
    if (rmsDbfs > rms) rms = rmsDbfs
    if (clips) clipping++
    if (!quality) continue
    const { broadbandNoiseScore = 0, humScore = 0, staticScore = 0, channelCorrelation } = quality
    if (quality.speechScore > speech) speech = quality.speechScore
    if (quality.noiseScore > noise) noise = quality.noiseScore
    if (broadbandNoiseScore > broadband) broadband = broadbandNoiseScore
    if (humScore > hum) hum = humScore
    if (staticScore > noisy) noisy = staticScore
    if (channelCorrelation) correlation = Math.max(correlation, Math.abs(channelCorrelation.score))
  }
  into[from + PEAK] = peak
  into[from + RMS] = rms
  into[from + RMS_95] = percentile95(levels, rms)
  into[from + CLIPPING] = clipping
  into[from + SPEECH] = speech
  into[from + NOISE] = noise
  into[from + BROADBAND] = broadband
  into[from + HUM] = hum
  into[from + STATIC] = noisy
  into[from + CORRELATION] = correlation
}

/** By nearest rank: of fewer than twenty it is the loudest. */
function percentile95(levels: readonly Level[], loudest: number): number {
  const at = Math.ceil(levels.length * 0.95) - 1
  if (at >= levels.length - 1) return loudest
  return Float32Array.from(levels, ({ rmsDbfs }) => rmsDbfs).sort()[at] ?? loudest
}

import type { Instant } from '../ids.ts'
import type { HeardFrame, Level } from './meter-frame.ts'

/** So many frames are kept of an interface: ten minutes, where one comes each second. */
export const FRAMES_KEPT = 600

/** One frame, over all of its channels. Levels in dBFS, scores from 0 to 1; what was not measured is 0. */
export interface Reading {
  /** By the controller's clock. */
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
/** How fine it is kept: levels from -160 to 24 dBFS, and scores from 0 to 1, each in two bytes. */
const STEPS_A_DECIBEL = 100
const STEPS_A_SCORE = 10_000
const WIDTH = 10
const [PEAK, RMS, RMS_95, CLIPPING, SPEECH, NOISE, BROADBAND, HUM, STATIC, CORRELATION] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]

/**
 * The last frames of one interface, each as a few numbers in a ring: as objects those of a fleet would be a hundred times as
 * many things for the collector to walk through.
 */
export class LevelWindow {
  readonly #numbers = new Int16Array(FRAMES_KEPT * WIDTH)
  readonly #receivedAt = new Float64Array(FRAMES_KEPT)
  /** How many there have ever been. */
  #heard = 0
  /** By the agent's clock, of the last one. */
  #capturedAt: Instant = 0

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
    if (this.#heard > 0 && this.#capturedAt === capturedAt) return
    const place = this.#heard % FRAMES_KEPT
    this.#capturedAt = capturedAt
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
    const number = (which: number) => this.#numbers[place * WIDTH + which] ?? 0
    const level = (which: number) => number(which) / STEPS_A_DECIBEL
    const score = (which: number) => number(which) / STEPS_A_SCORE
    return {
      receivedAt: this.#receivedAt[place] ?? 0,
      peakDbfs: level(PEAK),
      rmsDbfs: level(RMS),
      rmsDbfs95: level(RMS_95),
      clippingChannels: number(CLIPPING),
      speechScore: score(SPEECH),
      noiseScore: score(NOISE),
      broadbandNoiseScore: score(BROADBAND),
      humScore: score(HUM),
      staticScore: score(STATIC),
      correlationScore: score(CORRELATION),
    }
  }
}

/** One walk over the channels, and no view made for it, since it is done for every frame of the fleet. */
function reduce(levels: readonly Level[], into: Int16Array, from: number): void {
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
  into[from + PEAK] = Math.round(peak * STEPS_A_DECIBEL)
  into[from + RMS] = Math.round(rms * STEPS_A_DECIBEL)
  into[from + RMS_95] = Math.round(percentile95(levels, rms) * STEPS_A_DECIBEL)
  into[from + CLIPPING] = clipping
  into[from + SPEECH] = Math.round(speech * STEPS_A_SCORE)
  into[from + NOISE] = Math.round(noise * STEPS_A_SCORE)
  into[from + BROADBAND] = Math.round(broadband * STEPS_A_SCORE)
  into[from + HUM] = Math.round(hum * STEPS_A_SCORE)
  into[from + STATIC] = Math.round(noisy * STEPS_A_SCORE)
  into[from + CORRELATION] = Math.round(correlation * STEPS_A_SCORE)
}

/** By nearest rank: of fewer than twenty it is the loudest. */
function percentile95(levels: readonly Level[], loudest: number): number {
  const wanted = levels.length - Math.ceil(levels.length * 0.95) + 1
  if (wanted <= 1) return loudest
  louder.fill(SILENCE_DBFS, 0, wanted)
  for (const { rmsDbfs } of levels) {
    let at = wanted - 1
    if (rmsDbfs <= (louder[at] ?? 0)) continue
    for (; at > 0 && rmsDbfs > (louder[at - 1] ?? 0); at--) louder[at] = louder[at - 1] ?? 0
    louder[at] = rmsDbfs
  }
  return louder[wanted - 1] ?? loudest
}
/** As many of the loudest as are asked for of the most channels there may be, the loudest first; made once, not for each frame. */
const louder = new Float64Array(32)

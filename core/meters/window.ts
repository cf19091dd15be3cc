import type { Instant } from '../ids.ts'
import type { HeardFrame, Level } from './meter-frame.ts'

/** So many frames are kept of an interface: ten minutes, where one comes each second. */
export const FRAMES_KEPT = 600

/** One frame, over all of its channels. What was not measured is 0. */
export interface Reading {
  /** By the controller's clock. */
  readonly receivedAt: Instant
  /** In dBFS, to a tenth. */
  readonly peakDbfs: number
  /** In dBFS, as it was sent: in 32 bits. */
  readonly rmsDbfs: number
  /** Of the channels' RMS, the 95th percentile, to a tenth. */
  readonly rmsDbfs95: number
  readonly clippingChannels: number
  /** Scores are from 0 to 1, and to a hundredth. */
  readonly speechScore: number
  readonly noiseScore: number
  readonly broadbandNoiseScore: number
  readonly humScore: number
  readonly staticScore: number
  /** The strongest between any two, in either phase, as it was sent. */
  readonly correlationScore: number
}

/** What silence is written as. */
const SILENCE_DBFS = -160
/** In how many steps is kept what is judged by tenths of a decibel and by hundredths of a score: rounded once, and not twice. */
const STEPS_A_DECIBEL = 10
const STEPS_A_SCORE = 100
const EXACT = 2
const [RMS, CORRELATION] = [0, 1]
const WHOLE = 3
const [PEAK, RMS_95, CLIPPING] = [0, 1, 2]
const SCORES = 5
const [SPEECH, NOISE, BROADBAND, HUM, STATIC] = [0, 1, 2, 3, 4]

/**
 * The last frames of one interface, each as a few numbers in rings: as objects those of a fleet would be a hundred times as
 * many things for the collector to walk through.
 */
export class LevelWindow {
  readonly #receivedAt = new Float64Array(FRAMES_KEPT)
  /** Agents measure in 32 bits. */
  readonly #exact = new Float32Array(FRAMES_KEPT * EXACT)
  readonly #whole = new Int16Array(FRAMES_KEPT * WHOLE)
  readonly #scores = new Uint8Array(FRAMES_KEPT * SCORES)
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
    this.#reduce(frame.levels, place)
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
    const exact = (which: number) => this.#exact[place * EXACT + which] ?? 0
    const whole = (which: number) => this.#whole[place * WHOLE + which] ?? 0
    const score = (which: number) => (this.#scores[place * SCORES + which] ?? 0) / STEPS_A_SCORE
    return {
      receivedAt: this.#receivedAt[place] ?? 0,
      peakDbfs: whole(PEAK) / STEPS_A_DECIBEL,
      rmsDbfs: exact(RMS),
      rmsDbfs95: whole(RMS_95) / STEPS_A_DECIBEL,
      clippingChannels: whole(CLIPPING),
      speechScore: score(SPEECH),
      noiseScore: score(NOISE),
      broadbandNoiseScore: score(BROADBAND),
      humScore: score(HUM),
      staticScore: score(STATIC),
      correlationScore: exact(CORRELATION),
    }
  }

  /** One walk over the channels, and no view made for it, since it is done for every frame of the fleet. */
  #reduce(levels: readonly Level[], place: number): void {
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
    this.#exact[place * EXACT + RMS] = rms
    this.#exact[place * EXACT + CORRELATION] = correlation
    this.#whole[place * WHOLE + PEAK] = Math.round(peak * STEPS_A_DECIBEL)
    this.#whole[place * WHOLE + RMS_95] = Math.round(percentile95(levels, rms) * STEPS_A_DECIBEL)
    this.#whole[place * WHOLE + CLIPPING] = clipping
    this.#scores[place * SCORES + SPEECH] = Math.round(speech * STEPS_A_SCORE)
    this.#scores[place * SCORES + NOISE] = Math.round(noise * STEPS_A_SCORE)
    this.#scores[place * SCORES + BROADBAND] = Math.round(broadband * STEPS_A_SCORE)
    this.#scores[place * SCORES + HUM] = Math.round(hum * STEPS_A_SCORE)
    this.#scores[place * SCORES + STATIC] = Math.round(noisy * STEPS_A_SCORE)
  }
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

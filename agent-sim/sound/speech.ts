import { chanceOf } from '../chance.ts'
import { type Sound, toSixteenBits } from './wav.ts'

const SYLLABLES_PER_SECOND = 4
const PAUSE_CHANCE = 0.15
const NOISE_AMPLITUDE = 40
const HARMONICS = 12

export interface SpeechOptions {
  readonly seed: number
  readonly durationSeconds?: number
  readonly sampleRateHz?: number
  readonly channelCount?: number
}

/**
 * Something that measures like a person talking: a buzzing voice that opens and closes at the rate of syllables, with
 * pauses, over a quiet hiss. The same seed gives the same sound, and no stretch of it is digital silence.
 */
export function speechLike(options: SpeechOptions): Sound {
  const { seed, durationSeconds = 12, sampleRateHz = 48_000, channelCount = 2 } = options
  const chance = chanceOf(seed)
  const frameCount = Math.round(durationSeconds * sampleRateHz)
  const syllableFrames = Math.round(sampleRateHz / SYLLABLES_PER_SECOND)
  const samples = new Int16Array(frameCount * channelCount)

  let syllable = newSyllable(chance)
  let phase = 0
  for (let frame = 0; frame < frameCount; frame++) {
    const inSyllable = frame % syllableFrames
    if (inSyllable === 0) syllable = newSyllable(chance)
    phase += syllable.pitchHz / sampleRateHz
    const opening = (1 - Math.cos((2 * Math.PI * inSyllable) / syllableFrames)) / 2
    const voice = syllable.amplitude * opening * buzz(phase, syllable)
    for (let channel = 0; channel < channelCount; channel++) {
      const hiss = (chance() * 2 - 1) * NOISE_AMPLITUDE
      samples[frame * channelCount + channel] = toSixteenBits(voice * distanceGain(channel) + hiss)
    }
  }
  return { sampleRateHz, channelCount, samples }
}

interface Syllable {
  readonly pitchHz: number
  readonly amplitude: number
  /** Which harmonic the mouth lets through best. */
  readonly formant: number
}

function newSyllable(chance: () => number): Syllable {
  const silent = chance() < PAUSE_CHANCE
  return {
    pitchHz: 100 + 40 * chance(),
    amplitude: silent ? 0 : 4000 + 5000 * chance(),
    formant: 2 + 6 * chance(),
  }
}

function buzz(phase: number, { formant }: Syllable): number {
  let sum = 0
  for (let harmonic = 1; harmonic <= HARMONICS; harmonic++) {
    sum += Math.sin(2 * Math.PI * harmonic * phase) / (1 + Math.abs(harmonic - formant))
  }
  return sum / 3
}

/** Each further microphone stands a little further from the mouth, so that channels can be told apart. */
function distanceGain(channel: number): number {
  return 1 / (1 + channel / 4)
}

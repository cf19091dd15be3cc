import { type Measured, measure, round, within } from './measure.ts'

const BLOCK_SECONDS = 0.02
const AUDIBLE_DBFS = -70
const MODULATION_FULL_DB = 20
const SPEECH_HZ = { from: 80, to: 4000 }

export interface AudioQuality {
  readonly crestFactorDb: number
  readonly noiseScore: number
  readonly speechScore: number
  readonly speechLike: boolean
  readonly zeroCrossingRate: number
  readonly estimatedSnrDb: number
  readonly channelCorrelation?: ChannelCorrelation
}

export interface ChannelCorrelation {
  readonly peerChannelIndex: number
  readonly phase: 'same' | 'inverted'
  readonly score: number
}

/**
 * What simple measures can honestly say about one channel. Speech comes and goes several times a second and crosses
 * zero at the pace of a voice; noise is steady and crosses zero at the pace of chance. Nothing is claimed of what
 * cannot be heard.
 */
export function qualityOf(
  index: number,
  channels: readonly Int16Array[],
  { peakDbfs, rmsDbfs }: Measured,
  sampleRateHz: number,
): AudioQuality {
  const samples = channels[index] ?? new Int16Array()
  const crossings = zeroCrossingRate(samples)
  const crossingsHz = (crossings * sampleRateHz) / 2
  const depthDb = modulationDepthDb(samples, Math.max(1, Math.round(BLOCK_SECONDS * sampleRateHz)))

  const audible = rmsDbfs > AUDIBLE_DBFS ? 1 : 0
  const modulation = within(0, 1, depthDb / MODULATION_FULL_DB)
  const voiced = crossingsHz >= SPEECH_HZ.from && crossingsHz <= SPEECH_HZ.to ? 1 : 0.3
  const roughness = within(0, 1, crossings / 0.5)
  const speechScore = round(audible * modulation * voiced)
  const correlation = strongestCorrelation(index, channels)
  return {
    crestFactorDb: round(within(0, 80, peakDbfs - rmsDbfs)),
    noiseScore: round(audible * (1 - modulation) * roughness),
    speechScore,
    speechLike: speechScore >= 0.5,
    zeroCrossingRate: round(crossings),
    estimatedSnrDb: round(within(0, 80, depthDb)),
    ...(correlation && { channelCorrelation: correlation }),
  }
}

/** Sign changes per step from one sample to the next; samples of zero belong to whatever came before them. */
function zeroCrossingRate(samples: Int16Array): number {
  let crossings = 0
  let sign = 0
  for (let at = 0; at < samples.length; at++) {
    const sample = samples[at] ?? 0
    if (sample === 0) continue
    if (sample > 0 ? sign < 0 : sign > 0) crossings += 1
    sign = sample
  }
  return samples.length < 2 ? 0 : crossings / (samples.length - 1)
}

/** How far the loud blocks of 20 ms stand above the quiet ones: the ninth decile over the first. */
function modulationDepthDb(samples: Int16Array, blockFrames: number): number {
  const blocks = Math.max(1, Math.floor(samples.length / blockFrames))
  const levels = Array.from({ length: blocks }, (_, block) =>
    Math.max(-96, measure(samples.subarray(block * blockFrames, (block + 1) * blockFrames)).rmsDbfs),
  ).sort((quieter, louder) => quieter - louder)
  const decile = (tenths: number) => levels[Math.round(((blocks - 1) * tenths) / 10)] ?? 0
  return decile(9) - decile(1)
}

/** The other channel that follows this one most closely, in step or upside down; a silent channel follows none. */
function strongestCorrelation(index: number, channels: readonly Int16Array[]): ChannelCorrelation | undefined {
  const own = channels[index]
  let strongest: ChannelCorrelation | undefined
  for (const [peer, samples] of channels.entries()) {
    if (!own || peer === index) continue
    const score = round(correlate(own, samples))
    if (strongest && Math.abs(score) <= Math.abs(strongest.score)) continue
    strongest = { peerChannelIndex: peer + 1, phase: score < 0 ? 'inverted' : 'same', score }
  }
  return strongest
}

function correlate(left: Int16Array, right: Int16Array): number {
  let both = 0
  let leftSquares = 0
  let rightSquares = 0
  for (let frame = 0; frame < left.length; frame++) {
    const sample = left[frame] ?? 0
    const other = right[frame] ?? 0
    both += sample * other
    leftSquares += sample * sample
    rightSquares += other * other
  }
  const energy = Math.sqrt(leftSquares * rightSquares)
  return energy === 0 ? 0 : within(-1, 1, both / energy)
}

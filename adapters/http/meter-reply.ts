import type { Level, MeterFrame, Quality } from '../../core/meters/meter-frame.ts'

/** A frame as the contract shows it. It was kept as it came, and an agent may send more than is known here. */
export const frameReply = ({ nodeId, interfaceId, capturedAt, levels }: MeterFrame) => ({
  capturedAt,
  interfaceId,
  levels: levels.map(levelReply),
  nodeId,
})

const levelReply = ({ channelIndex, label, peakDbfs, rmsDbfs, clipping, quality }: Level) => ({
  channelIndex,
  clipping,
  label,
  peakDbfs,
  ...(quality && { quality: qualityReply(quality) }),
  rmsDbfs,
})

const optional = ['broadbandNoiseScore', 'humScore', 'staticScore', 'intelligibilityScore', 'estimatedSnrDb'] as const

function qualityReply(quality: Quality): Quality {
  const { crestFactorDb, noiseScore, speechScore, zeroCrossingRate, speechLike, channelCorrelation } = quality
  const measured = Object.fromEntries(
    optional.filter((key) => quality[key] !== undefined).map((key) => [key, quality[key]]),
  )
  return {
    ...measured,
    ...(channelCorrelation && { channelCorrelation: correlationReply(channelCorrelation) }),
    crestFactorDb,
    noiseScore,
    speechLike,
    speechScore,
    zeroCrossingRate,
  }
}

const correlationReply = ({ peerChannelIndex, phase, score }: NonNullable<Quality['channelCorrelation']>) => ({
  peerChannelIndex,
  phase,
  score,
})

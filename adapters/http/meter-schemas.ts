import type { MeterFrame, Quality } from '../../core/meters/meter-frame.ts'
import { compiled } from '../system/type.ts'
import { nodeId } from './schemas.ts'

const score = compiled('0 <= number <= 1')

const quality = compiled.declare<Quality>().type({
  crestFactorDb: '0 <= number <= 80',
  noiseScore: score,
  speechScore: score,
  zeroCrossingRate: score,
  speechLike: 'boolean',
  'broadbandNoiseScore?': score,
  'humScore?': score,
  'staticScore?': score,
  'intelligibilityScore?': score,
  'estimatedSnrDb?': '0 <= number <= 80',
  'channelCorrelation?': {
    peerChannelIndex: 'number.integer >= 1',
    phase: "'same' | 'inverted'",
    score: '-1 <= number <= 1',
  },
})

const level = compiled({
  channelIndex: 'number.integer >= 1',
  label: 'string <= 160',
  peakDbfs: '-160 <= number <= 24',
  rmsDbfs: '-160 <= number <= 24',
  clipping: 'boolean',
  'quality?': quality,
})

export const meterFrame = compiled.declare<MeterFrame>().type({
  nodeId,
  interfaceId: 'string <= 255',
  capturedAt: 'string.date.iso',
  levels: level.array().atMostLength(512).readonly(),
})

import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { levelsOf } from './levels.ts'
import { speechLike } from './speech.ts'

const RATE_HZ = 48_000

test('whatever the samples, the numbers are finite and within the contract', () => {
  const channels = fc.integer({ min: 1, max: 4 })
  const extremes = fc.oneof(fc.constantFrom(0, 1, -1, 32_767, -32_768), fc.integer({ min: -32_768, max: 32_767 }))
  fc.assert(
    fc.property(channels, fc.array(extremes, { maxLength: 400 }), (channelCount, values) => {
      const whole = values.slice(0, values.length - (values.length % channelCount))
      for (const { peakDbfs, rmsDbfs, quality } of levelsOf(Int16Array.from(whole), channelCount, 1000)) {
        expectWithin(-160, 24, peakDbfs, rmsDbfs)
        expectWithin(0, 80, quality.crestFactorDb, quality.estimatedSnrDb)
        expectWithin(0, 1, quality.noiseScore, quality.speechScore, quality.zeroCrossingRate)
        expectWithin(-1, 1, quality.channelCorrelation?.score ?? 0)
        expect(quality.channelCorrelation !== undefined).toBe(channelCount > 1)
        expect(peakDbfs).toBeGreaterThanOrEqual(rmsDbfs)
      }
    }),
  )
})

describe('what a level says', () => {
  test('silence is the floor, and nothing is claimed of it', () => {
    const [level] = levelsOf(new Int16Array(RATE_HZ), 1, RATE_HZ)
    expect(level).toMatchObject({ channelIndex: 1, label: 'Input 1', peakDbfs: -160, rmsDbfs: -160, clipping: false })
    expect(level?.quality).toMatchObject({ noiseScore: 0, speechScore: 0, speechLike: false, crestFactorDb: 0 })
  })

  test('full scale on either side clips, one below does not', () => {
    const clipping = (sample: number) => levelsOf(Int16Array.of(0, sample), 1, RATE_HZ)[0]?.clipping
    expect([32_767, -32_768, 32_766, -32_767].map(clipping)).toEqual([true, true, false, false])
  })

  test('half of full scale is six decibels down', () => {
    const [level] = levelsOf(Int16Array.of(16_384, -16_384), 1, RATE_HZ)
    expect(level).toMatchObject({ peakDbfs: -6.021, rmsDbfs: -6.021 })
  })

  test('hiss is noise, a voice is speech', () => {
    const hiss = Int16Array.from({ length: RATE_HZ }, (_, at) => (Math.imul(at + 1, 2_654_435_761) >> 18) % 4000)
    expect(levelsOf(hiss, 1, RATE_HZ)[0]?.quality.speechLike).toBe(false)
    expect(levelsOf(hiss, 1, RATE_HZ)[0]?.quality.noiseScore).toBeGreaterThan(0.5)
    const voice = speechLike({ seed: 1, channelCount: 1, durationSeconds: 2 })
    expect(levelsOf(voice.samples, 1, RATE_HZ)[0]?.quality.speechLike).toBe(true)
  })

  test('a channel wired the wrong way round is found', () => {
    const { samples } = speechLike({ seed: 1, channelCount: 1, durationSeconds: 1 })
    const wired = Int16Array.from({ length: samples.length * 2 }, (_, at) => {
      const sample = samples[at >> 1] ?? 0
      return at % 2 ? -sample : sample
    })
    const [left, right] = levelsOf(wired, 2, RATE_HZ)
    expect(left?.quality.channelCorrelation).toEqual({ peerChannelIndex: 2, phase: 'inverted', score: -1 })
    expect(right?.quality.channelCorrelation).toEqual({ peerChannelIndex: 1, phase: 'inverted', score: -1 })
  })
})

function expectWithin(least: number, most: number, ...values: readonly number[]): void {
  for (const value of values) {
    expect(value).toBeGreaterThanOrEqual(least)
    expect(value).toBeLessThanOrEqual(most)
  }
}

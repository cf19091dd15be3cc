import { describe, expect, test } from 'bun:test'
import { median, percentile, seeded, slopeOf, spreadOf } from './statistics.ts'

describe('what is counted', () => {
  test('the median of an even number is the mean of the middle two', () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3]), median([7])]).toEqual([2, 2.5, 7])
    expect(median([])).toBeNaN()
  })

  test('a percentile is a value that was measured', () => {
    const values = [40, 10, 30, 20]
    expect([0, 0.25, 0.5, 0.51, 0.99, 1].map((share) => percentile(values, share))).toEqual([10, 10, 20, 30, 40, 40])
    expect(percentile([], 0.5)).toBeNaN()
    expect(values).toEqual([40, 10, 30, 20])
  })

  test('numbers are ordered as numbers', () => {
    expect(spreadOf([10, 9, 100])).toEqual({ median: 10, min: 9, max: 100 })
  })

  test('the same seed gives the same sequence, another another, all from 0 to 1', () => {
    const take = (seed: number) => {
      const next = seeded(seed)
      return Array.from({ length: 1000 }, next)
    }
    expect(take(7)).toEqual(take(7))
    expect(take(7)).not.toEqual(take(8))
    expect(take(7).every((each) => each >= 0 && each < 1)).toBe(true)
  })

  test('a slope is that of the line, whatever a few wild values say', () => {
    const line = Array.from({ length: 40 }, (_, x) => [x, 3 + 0.5 * x] as const)
    expect(slopeOf(line)).toEqual({ perX: 0.5, from: 0.5, to: 0.5 })
    const wild = line.map(([x, y]) => [x, x % 10 === 0 ? 1000 : y] as const)
    expect(slopeOf(wild).perX).toBeCloseTo(0.5, 1)
  })

  test('chance alone has no slope that is told from zero, but for one time in twenty; what rises has', () => {
    let missed = 0
    for (let seed = 0; seed < 200; seed++) {
      const next = seeded(seed)
      const noise = Array.from({ length: 30 }, (_, x) => [x, next()] as const)
      const { from, to } = slopeOf(noise)
      if (from > 0 || to < 0) missed++
      expect(slopeOf(noise.map(([x, y]) => [x, y + 0.2 * x] as const)).from).toBeGreaterThan(0)
    }
    expect(missed).toBeGreaterThan(0)
    expect(missed).toBeLessThan(25)
  })
})

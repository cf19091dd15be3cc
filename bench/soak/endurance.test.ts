import { expect, test } from 'bun:test'
import { seeded } from '../statistics.ts'
import { endurance, isWell } from './endurance.ts'

const SECONDS = 600
/** Memory as a collector leaves it: up and down, with a beginning, and growing by so much a minute. */
function held(growthMiB: number) {
  const next = seeded(3)
  return Array.from({ length: SECONDS }, (_, atSeconds) => {
    const beginning = Math.min(atSeconds, 60)
    return { atSeconds, residentMiB: 150 + beginning + 20 * next() + (growthMiB * atSeconds) / 60 }
  })
}
const calm = [1, 2, 3]

test('memory that goes up and down, after a beginning, is well', () => {
  expect(isWell(endurance(held(0), calm))).toBe(true)
  expect(isWell(endurance(held(-3), calm))).toBe(true)
})

test('memory that grows by a few MiB a minute is not', () => {
  const found = endurance(held(3), calm)
  expect(found.growth.perX).toBeCloseTo(3, 0)
  expect(isWell(found)).toBe(false)
})

test('an event loop that lags once in fifty times is not well', () => {
  const lags = Array.from({ length: 1000 }, (_, i) => (i % 50 === 0 ? 30 : 1))
  expect(isWell(endurance(held(0), lags))).toBe(false)
})

test('a minute is too short to be judged', () => {
  const found = endurance(held(3).slice(0, 60), [100])
  expect([found.isJudged, isWell(found)]).toEqual([false, true])
})

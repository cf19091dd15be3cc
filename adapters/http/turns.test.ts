import { describe, expect, test } from 'bun:test'
import { Turns } from './turns.ts'

const T0 = Date.UTC(2026, 0, 5, 9)

/** How many were told to come back in each second. */
const told = (turns: Turns, times: number, nowMs = T0) => {
  const seconds = Array.from({ length: times }, () => turns.next(nowMs))
  return Object.fromEntries(
    [...new Set(seconds)].map((second) => [second, seconds.filter((each) => each === second).length]),
  )
}

describe('whoever is sent away', () => {
  test('alone asks again after a second', () => {
    const turns = new Turns()
    expect([turns.next(T0), turns.next(T0 + 10), turns.next(T0 + 60_000)]).toEqual([1, 1, 1])
  })

  test('with a whole fleet comes back spread out, and not all in one second', () => {
    expect(told(new Turns(), 2_000)).toEqual({ 1: 500, 2: 500, 3: 500, 4: 500 })
  })

  test('is never told more than fifteen seconds, and however many there are, seconds are shared evenly', () => {
    const seconds = told(new Turns(), 15_000)
    expect(Object.keys(seconds).map(Number)).toEqual(Array.from({ length: 15 }, (_, i) => i + 1))
    expect(new Set(Object.values(seconds))).toEqual(new Set([1_000]))
  })

  test('later stands behind those who were sent away before', () => {
    const turns = new Turns()
    told(turns, 2_000)
    expect(turns.next(T0 + 1_000)).toBe(4)
  })

  test('is not kept waiting by a clock that was set back', () => {
    const turns = new Turns()
    turns.next(T0)
    expect(turns.next(T0 - 3_600_000)).toBe(1)
  })
})

import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { systemIds } from './ids.ts'

const start = 1_700_000_000_000
const PATTERN = /^([0-9a-f]{8})-([0-9a-f]{4})-7([0-9a-f]{3})-([89ab][0-9a-f]{3})-([0-9a-f]{4})[0-9a-f]{8}$/

/** The millisecond that an id is of, and where in it. */
function read(id: string): { readonly at: number; readonly place: number } {
  const [, high = '', low = '', a = '', b = '', c = ''] = PATTERN.exec(id) ?? []
  const beside = (Number.parseInt(b + c, 16) & 0x3fff_ffff) >>> 0
  return { at: Number.parseInt(high + low, 16), place: Number.parseInt(a, 16) * 2 ** 30 + beside }
}

/** So many ids of each of as many milliseconds, one after the other. */
function minted(milliseconds: number, each: number) {
  let at = start
  const ids = systemIds(() => at)
  return Array.from({ length: milliseconds }, () => {
    at += 100
    return Array.from({ length: each }, () => read(ids.ordered()).place)
  })
}

describe('ordered ids', () => {
  test('are UUIDs of version 7 in the order of their minting, however the clock is set', () => {
    const aClock = fc.array(
      fc.record({
        afterMs: fc.oneof(fc.constantFrom(0, 1, -1), fc.integer({ min: -3_600_000, max: 3_600_000 })),
        times: fc.integer({ min: 1, max: 500 }),
      }),
      { maxLength: 20 },
    )
    fc.assert(
      fc.property(aClock, (steps) => {
        let at = start
        const ids = systemIds(() => at)
        let last = ''
        for (const { afterMs, times } of steps) {
          at += afterMs
          for (let i = 0; i < times; i++) {
            const id = ids.ordered()
            expect(id).toMatch(PATTERN)
            expect(id > last).toBe(true)
            expect(read(id).at).toBeGreaterThanOrEqual(at)
            last = id
          }
        }
      }),
      { numRuns: 200 },
    )
  })

  test('are of the millisecond they are minted in, and run ahead of it by little where it is crowded', () => {
    let at = start
    const ids = systemIds(() => at)
    expect(read(ids.ordered()).at).toBe(start)
    for (let i = 0; i < 50_000; i++) ids.ordered()
    expect(read(ids.ordered()).at).toBeLessThan(start + 20)
    at += 1_000
    expect(read(ids.ordered()).at).toBe(at)
  })

  test('of two minters at the same time are all different', () => {
    const [one, other] = [systemIds(() => start), systemIds(() => start)]
    const all = Array.from({ length: 20_000 }, () => [one.ordered(), other.ordered()]).flat()
    expect(new Set(all).size).toBe(all.length)
  })

  test('begin anywhere in a millisecond', () => {
    const firsts = minted(4_096, 1).flat()
    for (const sixteenthOf of [2 ** 38, 2 ** 26]) {
      for (let sixteenth = 0; sixteenth < 16; sixteenth++) {
        const found = firsts.filter((place) => Math.floor(place / sixteenthOf) % 16 === sixteenth)
        // 256 are to be expected; chance is so far from it once in 10^9 runs.
        expect(Math.abs(found.length - 256)).toBeLessThan(105)
      }
    }
  })

  test('do not tell how many were minted in between: next ones are often further apart than those with ten between', () => {
    const groups = minted(4_000, 12)
    const next = groups.map(([first = 0, second = 0]) => second - first)
    const far = groups.map((places) => (places[11] ?? 0) - (places[0] ?? 0)).reverse()
    const further = next.filter((distance, i) => distance > (far[i] ?? 0)).length
    expect(further).toBeGreaterThan(100)
  })
})

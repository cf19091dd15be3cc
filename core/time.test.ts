import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { iso } from './time.ts'

describe('an instant on the wire', () => {
  test('is what the runtime writes, whichever was written before', () => {
    const anyMs = fc.integer({ min: -8_640_000_000_000, max: 253_402_300_799_999 })
    const near = fc.integer({ min: 1_800_000_000_000, max: 1_800_000_003_000 })
    const finer = fc.double({ min: -8e12, max: 2e12, noNaN: true })
    fc.assert(
      fc.property(fc.array(fc.oneof(near, anyMs, finer), { minLength: 1, maxLength: 20 }), (instants) => {
        expect(instants.map(iso)).toEqual(instants.map((at) => new Date(at).toISOString()))
      }),
    )
  })
})

import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { divideDown, roomOf } from './room.ts'
import { speechLike } from './speech.ts'

const ramp = (frames: number, channelCount = 1) => ({
  sampleRateHz: 44_100,
  channelCount,
  samples: Int16Array.from({ length: frames * channelCount }, (_, at) => at),
})

test('every sample of a window is the one that the loop has at that frame', () => {
  const numbers = fc.tuple(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 3 }), fc.nat(1e6), fc.nat(2000))
  fc.assert(
    fc.property(numbers, fc.integer({ min: -1e6, max: 1e6 }), ([loopFrames, channelCount, , length], fromFrame) => {
      const sound = ramp(loopFrames, channelCount)
      const window = roomOf(sound, 0).frames(fromFrame, fromFrame + length)
      const slow = Array.from({ length: length * channelCount }, (_, at) => {
        const frame = fromFrame + Math.floor(at / channelCount)
        const inLoop = ((frame % loopFrames) + loopFrames) % loopFrames
        return sound.samples[inLoop * channelCount + (at % channelCount)]
      })
      expect([...window]).toEqual(slow as number[])
    }),
  )
})

test('adjoining windows adjoin, wherever they are cut', () => {
  const cuts = fc.array(fc.integer({ min: 0, max: 5000 }), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(cuts, fc.integer({ min: -2000, max: 1_800_000_000_000 }), (inner, startedAtMs) => {
      const room = roomOf(ramp(997), startedAtMs)
      const edges = [0, ...inner, 5000].sort((left, right) => left - right).map((ms) => startedAtMs + ms)
      const pieces = edges.slice(1).flatMap((to, at) => [...room.samples(edges[at] ?? to, to)])
      expect(pieces).toEqual([...room.samples(startedAtMs, startedAtMs + 5000)])
    }),
    { numRuns: 50 },
  )
})

test('the sound begins at its instant, and has been going on before', () => {
  const room = roomOf(ramp(44_100), 10_000)
  expect(room.frameAt(10_000)).toBe(0)
  expect(room.frameAt(11_000)).toBe(44_100)
  expect(room.samples(10_000, 10_001)).toEqual(Int16Array.from({ length: 44 }, (_, at) => at))
  expect(room.samples(9999, 10_000)).toEqual(ramp(44_100).samples.slice(-45))
})

test('division rounds down on both sides of zero', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -(2 ** 52), max: 2 ** 52 }),
      fc.integer({ min: 1, max: 1e6 }),
      (dividend, divisor) => {
        const exact = BigInt(dividend) / BigInt(divisor) - (BigInt(dividend) % BigInt(divisor) < 0n ? 1n : 0n)
        expect(BigInt(divideDown(dividend, divisor))).toBe(exact)
      },
    ),
  )
})

test('a room without a whole frame of sound is refused', () => {
  expect(() => roomOf({ ...ramp(0) }, 0)).toThrow(RangeError)
  expect(() => roomOf({ ...ramp(3), channelCount: 2 }, 0)).toThrow(RangeError)
})

test('one seed is one voice, and no tenth of a second of it is silent', () => {
  const voice = speechLike({ seed: 7, durationSeconds: 2 })
  expect(speechLike({ seed: 7, durationSeconds: 2 })).toEqual(voice)
  expect(speechLike({ seed: 8, durationSeconds: 2 })).not.toEqual(voice)
  const room = roomOf(voice, 0)
  for (let ms = 0; ms < 2000; ms += 100) expect(room.samples(ms, ms + 100).some((sample) => sample !== 0)).toBe(true)
})

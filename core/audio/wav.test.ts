import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { ascii, wav } from './testing-sounds.ts'
import { WavListener } from './wav.ts'

/** The same said slowly: all samples at hand, a bin after the other. */
function reference(samples: readonly number[], channelCount: number): number[] {
  const frames = samples.length / channelCount
  const bins = Math.min(96, frames)
  const peaks = new Array<number>(bins).fill(0)
  for (let frame = 0; frame < frames; frame++) {
    const bin = Math.floor((frame * bins) / frames)
    for (let channel = 0; channel < channelCount; channel++) {
      peaks[bin] = Math.max(peaks[bin] ?? 0, Math.abs(samples[frame * channelCount + channel] ?? 0))
    }
  }
  return peaks.map((peak) => Math.round((peak / 32768) * 1000) / 1000)
}

describe('the waveform of what streams by', () => {
  test('is the same however the bytes are cut', () => {
    const sound = fc
      .integer({ min: 1, max: 3 })
      .chain((channelCount) =>
        fc.tuple(
          fc.constant(channelCount),
          fc.array(
            fc.array(fc.integer({ min: -32768, max: 32767 }), { minLength: channelCount, maxLength: channelCount }),
            { minLength: 1, maxLength: 300 },
          ),
          fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }),
        ),
      )
    fc.assert(
      fc.property(sound, fc.integer({ min: 0, max: 1 }), ([channelCount, frames, cuts], shift) => {
        const samples = frames.flat()
        // As Node hands them on: their slices are views, and begin anywhere.
        const file = Buffer.concat([new Uint8Array(shift), wav(samples, channelCount)]).subarray(shift)
        const listener = new WavListener()
        for (let at = 0, i = 0; at < file.length; i++) {
          const length = cuts[i % cuts.length] ?? 1
          listener.push(file.subarray(at, at + length))
          at += length
        }
        expect(listener.heard()).toMatchObject({
          channelCount,
          sampleRate: 48000,
          frameCount: frames.length,
          peaks: reference(samples, channelCount),
        })
      }),
      { numRuns: 300 },
    )
  })

  const announcing = (file: Uint8Array, dataAt: number, length: number) => {
    new DataView(file.buffer).setUint32(dataAt - 4, length, true)
    return file
  }
  const heardOf = (bytes: Uint8Array) => {
    const listener = new WavListener()
    listener.push(bytes)
    return listener.heard()
  }
  const DATA_AT = 56

  test('is drawn over what came, where that is less than was announced', () => {
    const sample = fc.integer({ min: -32768, max: 32767 })
    const length = fc.constantFrom(0, 0xffff_ffff, 0xffff_f000, 1_000_000)
    fc.assert(
      fc.property(fc.array(fc.tuple(sample, sample), { maxLength: 500 }), length, fc.nat(3), (frames, said, odd) => {
        const file = announcing(wav([...frames.flat(), 32767, 32767], 2), DATA_AT, said)
        const heard = heardOf(file.subarray(0, DATA_AT + frames.length * 4 + odd))
        expect(heard).toMatchObject({ frameCount: frames.length, peaks: reference(frames.flat(), 2) })
      }),
    )
  })

  test('of a long file that was cut off is right to a fraction of a bin', () => {
    for (const frameCount of [4096, 4097, 50_001, 300_000]) {
      // Down and up again: at most a neighbour's samples may be in a bin.
      const samples = Array.from({ length: frameCount }, (_, i) =>
        Math.floor(Math.abs(1 - (2 * i) / frameCount) * 32_000),
      )
      const exact = heardOf(wav(samples, 1))
      const drawn = heardOf(announcing(wav(samples, 1), DATA_AT, 0xffff_ffff))
      expect(exact?.peaks).toEqual(reference(samples, 1))
      expect(drawn?.peaks.length).toBe(96)
      expect(drawn?.peaks.filter((peak, i) => Math.abs(peak - (exact?.peaks[i] ?? 0)) > 0.003)).toEqual([])
    }
  })

  test('of anything else there is none, and no harm', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (bytes, dressed) => {
        const listener = new WavListener()
        if (dressed) listener.push(Uint8Array.from([...ascii('RIFF'), 0, 0, 0, 0, ...ascii('WAVE')]))
        listener.push(bytes)
        const heard = listener.heard()
        if (heard) expect(heard.frameCount).toBeGreaterThanOrEqual(0)
        else expect(heard).toBeUndefined()
      }),
    )
    const listener = new WavListener()
    listener.push(new Uint8Array(1000))
    expect(listener.heard()).toBeUndefined()
  })

  test('a header that claims more channels or bytes than there are is taken at what came', () => {
    const file = wav([1000, -2000], 1)
    new DataView(file.buffer).setUint32(file.length - 4 - 4, 0xffff_ff00, true)
    const listener = new WavListener()
    listener.push(file)
    expect(listener.heard()).toMatchObject({ frameCount: 2 })
  })
})

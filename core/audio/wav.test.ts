import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { WavListener } from './wav.ts'

const ascii = (text: string) => [...text].map((each) => each.charCodeAt(0))
const u16 = (n: number) => [n & 255, n >> 8]
const u32 = (n: number) => [...u16(n & 0xffff), ...u16(n >>> 16)]

/** A WAV as a recorder writes it, with a chunk before the data that nobody asked for. */
function wav(samples: readonly number[], channelCount: number, rate = 48000): Uint8Array {
  const data = samples.flatMap((each) => u16(each & 0xffff))
  const format = [
    ...u16(1),
    ...u16(channelCount),
    ...u32(rate),
    ...u32(rate * channelCount * 2),
    ...u16(channelCount * 2),
    ...u16(16),
  ]
  const chunks = [
    ...ascii('fmt '),
    ...u32(16),
    ...format,
    ...ascii('LIST'),
    ...u32(3),
    1,
    2,
    3,
    0,
    ...ascii('data'),
    ...u32(data.length),
    ...data,
  ]
  return Uint8Array.from([...ascii('RIFF'), ...u32(4 + chunks.length), ...ascii('WAVE'), ...chunks])
}

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

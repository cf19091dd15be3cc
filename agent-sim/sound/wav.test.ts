import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { readWav, WavError, writeWav } from './wav.ts'

const sound = { sampleRateHz: 48_000, channelCount: 2, samples: Int16Array.of(1, -1, 32_767, -32_768, 0, 7) }

test('what was written is read back, to the sample', () => {
  const anySound = fc.record({
    sampleRateHz: fc.integer({ min: 1, max: 384_000 }),
    channelCount: fc.integer({ min: 1, max: 8 }),
    frames: fc.integer({ min: 1, max: 200 }),
    seed: fc.integer(),
  })
  fc.assert(
    fc.property(anySound, ({ sampleRateHz, channelCount, frames, seed }) => {
      const samples = Int16Array.from({ length: frames * channelCount }, (_, at) => Math.imul(at + 1, seed) >> 3)
      expect(readWav(writeWav({ sampleRateHz, channelCount, samples }))).toEqual({
        sampleRateHz,
        channelCount,
        samples,
      })
    }),
  )
})

describe('every depth becomes sixteen bits', () => {
  const cases: readonly (readonly [string, number, number, readonly number[], readonly number[]])[] = [
    ['8 bits', 1, 8, [0, 128, 255], [-32_768, 0, 32_512]],
    [
      '24 bits',
      1,
      24,
      [...le(-8_388_608, 3), ...le(0, 3), ...le(8_388_607, 3), ...le(384, 3)],
      [-32_768, 0, 32_767, 2],
    ],
    ['32 bits', 1, 32, [...le(-2_147_483_648, 4), ...le(2_147_483_647, 4), ...le(65_536 * 5, 4)], [-32_768, 32_767, 5]],
    ['float', 3, 32, [...float(-1), ...float(2), ...float(0.5), ...float(Number.NaN)], [-32_768, 32_767, 16_384, 0]],
  ]
  for (const [name, encoding, bits, data, expected] of cases) {
    test(name, () => {
      const file = riff(['fmt ', format(encoding, 1, 8000, bits)], ['data', data])
      expect(readWav(file)).toEqual({ sampleRateHz: 8000, channelCount: 1, samples: Int16Array.from(expected) })
    })
  }

  test('in an extensible file too', () => {
    const guid = [3, 0, 0, 0, 0, 0, 16, 0, 128, 0, 0, 170, 0, 56, 155, 113]
    const extensible = [...format(0xfffe, 1, 8000, 32), ...le(22, 2), ...le(32, 2), ...le(4, 4), ...guid]
    expect(readWav(riff(['fmt ', extensible], ['data', float(0.25)])).samples).toEqual(Int16Array.of(8192))
  })
})

describe('files as they occur', () => {
  test('chunks of other kinds and odd sizes stand in between', () => {
    const file = riff(
      ['LIST', [1, 2, 3]],
      ['fmt ', format(1, 1, 8000, 16)],
      ['junk', [9]],
      ['data', le(5, 2)],
      ['id3 ', [1]],
    )
    expect(readWav(file).samples).toEqual(Int16Array.of(5))
  })

  test('a view into a larger buffer is read where it stands', () => {
    const file = writeWav(sound)
    const larger = new Uint8Array(file.length + 7)
    larger.set(file, 3)
    expect(readWav(larger.subarray(3, 3 + file.length))).toEqual(sound)
  })

  test('a recording that was cut off gives the whole frames that are there', () => {
    const cutOff = writeWav(sound).slice(0, -3)
    expect(readWav(cutOff).samples).toEqual(sound.samples.slice(0, 4))
  })

  test('a pipe that never learned its length gives what there is', () => {
    const piped = writeWav(sound)
    new DataView(piped.buffer).setUint32(40, 0xffff_ffff, true)
    expect(readWav(piped)).toEqual(sound)
  })
})

describe('files that are refused, in words', () => {
  const cases: readonly (readonly [string, Uint8Array, RegExp])[] = [
    ['nothing', new Uint8Array(), /0 bytes are too few/],
    ['something else', new TextEncoder().encode('OggS............'), /begins with "OggS"/],
    ['a film', new TextEncoder().encode('RIFF....AVI ....'), /kind "AVI "/],
    ['no format', riff(['data', [0, 0]]), /no fmt chunk/],
    ['no data', riff(['fmt ', format(1, 1, 8000, 16)]), /no data chunk/],
    ['a short format', riff(['fmt ', [1, 0, 1, 0]], ['data', [0, 0]]), /4 bytes, not 16/],
    ['no channels', riff(['fmt ', format(1, 0, 8000, 16)], ['data', [0, 0]]), /no channels/],
    ['no rate', riff(['fmt ', format(1, 1, 0, 16)], ['data', [0, 0]]), /no sample rate/],
    ['compression', riff(['fmt ', format(85, 1, 8000, 16)], ['data', [0, 0]]), /format 85 with 16 bits/],
    ['twelve bits', riff(['fmt ', format(1, 1, 8000, 12)], ['data', [0, 0]]), /format 1 with 12 bits/],
    [
      'frames that do not fit',
      riff(['fmt ', [...format(1, 2, 8000, 16).slice(0, 12), 3, 0, 16, 0]], ['data', [0]]),
      /3 bytes/,
    ],
    ['no sound', riff(['fmt ', format(1, 2, 8000, 16)], ['data', [0, 0]]), /holds no sound/],
    ['half an extension', riff(['fmt ', format(0xfffe, 1, 8000, 16)], ['data', [0, 0]]), /before its sub-format/],
  ]
  for (const [name, file, message] of cases) test(name, () => expect(() => readWav(file)).toThrow(message))

  test('whatever the bytes, the answer is a sound or a WavError', () => {
    const header = writeWav(sound)
    const mutations = fc.array(fc.tuple(fc.nat(header.length - 1), fc.nat(255)), { maxLength: 12 })
    fc.assert(
      fc.property(mutations, fc.nat(header.length), (changes, length) => {
        const file = header.slice()
        for (const [at, byte] of changes) file[at] = byte
        try {
          expect(readWav(file.subarray(0, length)).samples.length).toBeGreaterThan(0)
        } catch (error) {
          expect(error).toBeInstanceOf(WavError)
        }
      }),
    )
  })
})

function le(value: number, bytes: number): readonly number[] {
  return Array.from({ length: bytes }, (_, at) => Math.floor(value / 256 ** at) & 255)
}

function float(value: number): readonly number[] {
  return [...new Uint8Array(Float32Array.of(value).buffer)]
}

function format(encoding: number, channels: number, rateHz: number, bits: number): readonly number[] {
  const blockBytes = (channels * bits) / 8
  return [
    ...le(encoding, 2),
    ...le(channels, 2),
    ...le(rateHz, 4),
    ...le(rateHz * blockBytes, 4),
    ...le(blockBytes, 2),
    ...le(bits, 2),
  ]
}

function riff(...chunks: readonly (readonly [string, readonly number[]])[]): Uint8Array {
  const text = (letters: string) => [...new TextEncoder().encode(letters)]
  const body = chunks.flatMap(([name, data]) => [
    ...text(name),
    ...le(data.length, 4),
    ...data,
    ...(data.length % 2 ? [0] : []),
  ])
  return Uint8Array.from([...text('RIFF'), ...le(body.length + 4, 4), ...text('WAVE'), ...body])
}

import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { codedBytes, codedNumber, readFrameHeader, renumbered } from './flac-frame.ts'
import { joinFlac } from './flac-joined.ts'
import { Listener } from './listener.ts'
import { audioOver, type Part } from './segment.ts'
import { blocks, crc, flac, flacFrame as frame, flacHead as head, listen, spelled } from './testing-sounds.ts'

/** A file in memory that tells how much of it was read. */
function part(bytes: Uint8Array): Part & { readonly read: () => number } {
  const heard = listen(bytes)
  let readBytes = 0
  const audio = {
    sizeBytes: bytes.length,
    async *read(start: number, end: number) {
      for (let at = start; at <= end; at += 64) {
        const piece = bytes.subarray(at, Math.min(at + 64, end + 1))
        readBytes += piece.length
        yield piece
      }
    },
  }
  return { audio, ...(heard && { heard }), read: () => readBytes }
}

async function had(parts: readonly Part[], start = 0, end?: number) {
  const audio = audioOver(joinFlac(parts) ?? [])
  const pieces: Uint8Array[] = []
  for await (const piece of audio.read(start, end ?? audio.sizeBytes - 1)) pieces.push(piece)
  return { bytes: Buffer.concat(pieces), sizeBytes: audio.sizeBytes }
}

describe('FLAC', () => {
  test('numbers are written as characters are, and go on beyond them', () => {
    const number = fc.oneof(
      fc.nat(300),
      fc.nat(70_000),
      fc.nat(2 ** 31 - 1),
      fc.maxSafeNat().map((n) => n % 2 ** 36),
    )
    fc.assert(fc.property(number, (n) => expect([...codedNumber(n)]).toEqual(spelled(n))))
    expect([...codedNumber(0x20ac)]).toEqual([...new TextEncoder().encode('€')])
    expect([...codedNumber(2 ** 36 - 1)]).toEqual([0xfe, 0xbf, 0xbf, 0xbf, 0xbf, 0xbf, 0xbf])
  })

  test('how many bytes many numbers take is known without writing them', () => {
    const first = fc.oneof(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 2 ** 31 - 9000, max: 2 ** 31 + 10 }))
    fc.assert(
      fc.property(first, fc.integer({ min: 1, max: 5000 }), fc.nat(300), (start, step, count) => {
        const written = Array.from({ length: count }, (_, i) => codedNumber(start + i * step).length)
        expect(codedBytes(start, step, count)).toBe(written.reduce((sum, each) => sum + each, 0))
      }),
    )
  })

  test('a frame that is renumbered says so in a right header, and is otherwise as it was', () => {
    const bytes = Uint8Array.from(frame(300, 4096, -7))
    const header = readFrameHeader(bytes, 0)
    if (!header) throw new Error('the header was not read')
    expect(header).toMatchObject({ number: 300, numberBytes: 2, blockSize: 4096, channelCount: 1, bitsPerSample: 16 })
    expect([...renumbered(bytes, header, 70_000)]).toEqual(frame(70_000, 4096, -7, 0xf9))
  })

  test('a header that could be said shorter, or says more samples than a block can have, is none', () => {
    const headed = (size: readonly number[], number: readonly number[]) => {
      const bytes = [0xff, 0xf8, 0x70, 0x08, ...number, ...size]
      return readFrameHeader(Uint8Array.from([...bytes, ...crc(bytes, 8, 0x07)]), 0)
    }
    expect(headed([0xff, 0xfe], [0])).toMatchObject({ number: 0, blockSize: 65_535 })
    expect(headed([0xff, 0xff], [0])).toBeUndefined()
    for (const number of [
      [0xc0, 0x80],
      [0xc1, 0xbf],
      [0xe0, 0x9f, 0xbf],
      [0xfe, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80],
    ]) {
      expect(headed([0, 15], number)).toBeUndefined()
    }
    expect(headed([0, 15], [0xc2, 0x80])).toMatchObject({ number: 128, numberBytes: 2 })
  })

  test('without a single frame has no sound; with bytes that are none it is not understood', () => {
    const noise = fc.uint8Array({ minLength: 1, maxLength: 40 }).filter(([first]) => first !== 0xff)
    fc.assert(
      fc.property(noise, fc.integer({ min: 1, max: 20 }), (bytes, length) => {
        const body = new Listener()
        body.push(Uint8Array.from(head))
        for (let at = 0; at < bytes.length; at += length) body.push(bytes.subarray(at, at + length))
        expect(body.heard()).toBeUndefined()
      }),
    )
    expect(listen(flac([]))).toMatchObject({ frameCount: 0, flac: { blockCount: 0 } })
    expect(listen(flac([4096, 4096]).subarray(0, head.length + 11))).toMatchObject({ frameCount: 0 })
    expect(listen(Uint8Array.from([...head, ...frame(1, 4096, 0), ...frame(2, 4096, 0)]))).toBeUndefined()
  })

  test('a frame that is longer than its samples can be is none, however right its check is', () => {
    const next = [...frame(1, 16, 9), ...frame(2, 16, 9)]
    const spoken = [...frame(0, 16, 0).slice(0, 9), ...Array(2000).fill(1)]
    const bytes = Uint8Array.from([...head, ...spoken, ...crc(spoken, 16, 0x8005), ...next])
    for (const cuts of [[bytes.length], [1], [100]]) expect(listen(bytes, cuts)).toBeUndefined()
  })

  test('is heard the same however the bytes are cut', () => {
    const bytes = flac(blocks(300, 4096, 77))
    const heard = listen(bytes)
    expect(heard).toMatchObject({ channelCount: 1, sampleRate: 48_000, frameCount: 300 * 4096 + 77 })
    expect(heard?.flac).toMatchObject({ blockSize: 4096, blockCount: 301, from: head.length, to: bytes.length })
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1 }), (cuts) => {
        expect(listen(bytes, cuts)).toEqual(heard)
      }),
      { numRuns: 50 },
    )
  })

  test('a header within the sound is not taken for one, however right it looks', () => {
    const start = [...frame(0, 16, 0).slice(0, 8), 0x02]
    const headerOf = (number: number) => frame(number, 16, 0).slice(0, 8)
    const samples = (bytes: number[]) => [...bytes, ...Array(32 - bytes.length).fill(1)]
    const verbatim = [
      [...start, ...samples(headerOf(1))],
      // Even the check of all before it is right, but its number is not the next.
      [...start, ...samples([...crc(start, 16, 0x8005), ...headerOf(7)])],
    ]
    for (const spoken of verbatim) {
      const bytes = Uint8Array.from([...head, ...spoken, ...crc(spoken, 16, 0x8005), ...frame(1, 16, 9)])
      expect(listen(bytes)).toMatchObject({ frameCount: 32, flac: { blockCount: 2, to: bytes.length } })
    }
  })

  test('what is whole of a file that was cut or damaged is heard, and the rest is not', () => {
    const bytes = flac(blocks(20, 4096, 77))
    const frameBytes = frame(0, 4096, 0).length
    fc.assert(
      fc.property(fc.integer({ min: head.length, max: bytes.length }), (length) => {
        // Of a check that ends in zero nobody can tell that its end is missing.
        fc.pre(bytes[length] !== 0)
        const blockCount = Math.floor((length - head.length) / frameBytes)
        expect(listen(bytes.subarray(0, length))?.flac).toMatchObject({
          blockCount,
          to: head.length + blockCount * frameBytes,
        })
      }),
    )
    const damaged = bytes.slice()
    damaged[head.length + 5 * frameBytes + 10] = 99
    expect(listen(damaged)?.flac).toMatchObject({ blockCount: 5, to: head.length + 5 * frameBytes })
  })

  test('with blocks of any size, or with a short one in the middle, it is left to others', () => {
    expect(
      listen(Uint8Array.from([...head, ...frame(0, 4096, 1, 0xf9), ...frame(4096, 4096, 1, 0xf9)])),
    ).toBeUndefined()
    expect(listen(flac([4096, 17, 4096]))).toBeUndefined()
  })

  test('many files are one: the frames of all, each at its place among all samples', async () => {
    const shape = fc.tuple(
      fc.integer({ min: 0, max: 150 }),
      fc.constantFrom(16, 192, 4096),
      fc.integer({ min: 1, max: 16 }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(shape, { minLength: 1, maxLength: 4 }), fc.nat(), fc.nat(), async (shapes, a, b) => {
        const sizes = shapes.map((each) => blocks(...each))
        const expected: number[] = []
        let sample = 0
        for (const blockSize of sizes.flat()) {
          expected.push(...frame(sample, blockSize, blockSize, 0xf9))
          sample += blockSize
        }
        const parts = sizes.map((each) => part(flac(each, (i) => each[i] ?? 0)))
        const { bytes, sizeBytes } = await had(parts)
        expect([...bytes.subarray(42)]).toEqual(expected)
        expect(sizeBytes).toBe(bytes.length)
        expect(bytes.readUInt32BE(22)).toBe(sample)
        const [from, to] = [a % sizeBytes, b % sizeBytes].toSorted((one, other) => one - other)
        expect((await had(parts, from, to)).bytes.equals(bytes.subarray(from, (to ?? 0) + 1))).toBe(true)
      }),
      { numRuns: 100 },
    )
  })

  test('of a range only the files that it touches are read, and of a long one not from its beginning', async () => {
    const parts = Array.from({ length: 3 }, () => part(flac(blocks(2000, 16, 5))))
    const { sizeBytes } = await had([parts[0] ?? part(head as never)])
    await had(parts.slice(1), sizeBytes - 60, sizeBytes - 50)
    expect(parts[2]?.read()).toBe(0)
    expect(parts[1]?.read()).toBeLessThan(2000)
  })
})

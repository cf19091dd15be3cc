import { afterEach, beforeEach, describe, expect } from 'bun:test'
import { join } from 'node:path'
import fc from 'fast-check'
import { capturing, LENGTHS, RATE_HZ, rawOf, type Shape, speech } from './testing-pieces.ts'
import { TestRoom } from './testing-room.ts'
import { audioTest, output } from './testing-tools.ts'

/** How a recorder may come by a FLAC file: it names the WAV, and is given the bytes. */
const encoders: Readonly<Record<string, (wav: string) => Promise<Buffer<ArrayBuffer>>>> = {
  flac: (wav) => output(['flac', '-s', '-c', wav]),
  ffmpeg: async (wav) => {
    await output(['ffmpeg', '-v', 'error', '-i', wav, `${wav}.flac`])
    return Buffer.from(await Bun.file(`${wav}.flac`).arrayBuffer())
  },
  /** It cannot go back, and so never says how many samples there are. */
  'ffmpeg into a pipe': (wav) => output(['ffmpeg', '-v', 'error', '-i', wav, '-f', 'flac', '-']),
  /** Many small frames, whose numbers take several bytes. */
  'flac with small blocks': (wav) => output(['flac', '-s', '-b', '192', '-c', wav]),
}

const shapes: readonly Shape[] = [
  { channelCount: 1, bits: 16 },
  { channelCount: 2, bits: 16 },
  { channelCount: 2, bits: 24 },
]

describe('a recording in pieces', () => {
  let room: TestRoom
  beforeEach(async () => {
    room = await TestRoom.open()
  })
  afterEach(() => room.close())

  /** As both decoders hear it. */
  async function decoded(folder: string, bytes: Buffer, { bits }: Shape): Promise<readonly [Buffer, Buffer]> {
    const path = join(folder, 'joined.flac')
    await Bun.write(path, bytes)
    await output(['flac', '-s', '-t', path])
    const raw = ['--force-raw-format', '--endian=little', '--sign=signed']
    return [
      await output(['flac', '-s', '-d', '-c', ...raw, path]),
      await output(['ffmpeg', '-v', 'error', '-i', path, '-c:a', `pcm_s${bits}le`, '-f', `s${bits}le`, '-']),
    ]
  }

  for (const [encoder, encode] of Object.entries(encoders)) {
    for (const shape of shapes) {
      audioTest(
        `by ${encoder}, ${shape.channelCount} x ${shape.bits} bits, is one file, to the sample`,
        async (folder) => {
          const { file, send, recording } = await capturing(room)
          const pieces = await speech(folder, LENGTHS, shape)
          await send(await Promise.all(pieces.map(encode)))
          const source = await rawOf(pieces, shape)
          const { bytes, headers } = await file('GET')
          for (const heard of await decoded(folder, bytes, shape)) expect(heard.equals(source)).toBe(true)
          expect(headers.get('content-type')).toBe('audio/flac')
          const head = await file('HEAD')
          expect([head.bytes.length, Number(head.headers.get('content-length'))]).toEqual([0, bytes.length])
          expect(await recording()).toMatchObject({
            status: 'cached',
            durationSeconds: 2 + 2 + 1 + 1,
            waveformPreview: {
              channelCount: shape.channelCount,
              sampleCount: LENGTHS.reduce((sum, each) => sum + each, 0),
              source: 'ffmpeg_decoded_peak',
            },
          })
        },
      )
    }
  }

  audioTest('of FLAC is had in any ranges', async (folder) => {
    const { file, send } = await capturing(room)
    const shape = { channelCount: 2, bits: 16 }
    const [, small, large] = await speech(folder, LENGTHS, shape)
    const { flac, 'flac with small blocks': inSmallBlocks } = encoders
    const pieces = [await inSmallBlocks?.(small ?? ''), await flac?.(large ?? ''), await inSmallBlocks?.(large ?? '')]
    await send(pieces.filter((each) => each !== undefined))
    const { bytes } = await file('GET')
    const place = fc.integer({ min: 0, max: bytes.length - 1 })
    const few = fc.integer({ min: 0, max: 40 })
    const range = fc.oneof(
      fc.tuple(place, place).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const),
      fc.tuple(place, few).map(([a, more]) => [a, Math.min(bytes.length - 1, a + more)] as const),
    )
    await fc.assert(
      fc.asyncProperty(range, async ([from, to]) => {
        const part = await file('GET', `bytes=${from}-${to}`)
        expect([part.status, part.bytes.equals(bytes.subarray(from, to + 1))]).toEqual([206, true])
      }),
      { numRuns: 150 },
    )
  })

  audioTest('of FLAC, one of which was cut in the middle of a frame plays what is whole of it', async (folder) => {
    const { file, send } = await capturing(room)
    const shape = { channelCount: 2, bits: 16 }
    const pieces = await speech(folder, LENGTHS, shape)
    const encoded = await Promise.all(pieces.map((piece) => output(['flac', '-s', '-c', piece])))
    const cut = encoded.map((each, i) => (i === 1 ? each.subarray(0, Math.floor(each.length / 2)) : each))
    await send(cut)
    const [first = Buffer.alloc(0), second = Buffer.alloc(0), ...rest] = await Promise.all(
      pieces.map((piece) => rawOf([piece], shape)),
    )
    const [heard, again] = await decoded(folder, (await file('GET')).bytes, shape)
    const whole = heard.length - first.length - rest.reduce((sum, each) => sum + each.length, 0)
    expect(whole).toBeGreaterThan(second.length / 4)
    expect(whole % (4096 * 4)).toBe(0)
    expect(heard.equals(Buffer.concat([first, second.subarray(0, whole), ...rest]))).toBe(true)
    expect(again.equals(heard)).toBe(true)
  })

  audioTest('of FLAC, one of which is of another rate, or has blocks of any size, is not one file', async (folder) => {
    const shape = { channelCount: 2, bits: 16 }
    const pieces = await speech(folder, LENGTHS, shape)
    const [one, two] = await Promise.all(pieces.map((piece) => output(['flac', '-s', '-c', piece])))
    const [slower] = await speech(join(folder), [RATE_HZ], shape, 44_100)
    if (!one || !two || !slower) throw new Error('there are no pieces')
    const first = await capturing(room)
    await first.send([one, await output(['flac', '-s', '-c', slower])])
    expect((await first.file('GET')).status).toBe(409)
    expect(await first.recording()).toMatchObject({ status: 'cached', durationSeconds: 3 })

    const second = await capturing(room)
    await second.send([one, two])
    const { bytes: ofAnySize } = await second.file('GET')

    const third = await capturing(room)
    await third.send([one, ofAnySize])
    expect((await third.file('GET')).status).toBe(409)
    expect(await third.recording()).toMatchObject({ durationSeconds: 2 + 4, waveformPreview: { channelCount: 2 } })
  })

  audioTest('of MP3 has the length of the whole, and nothing in it but its sound', async (folder) => {
    const pieces = await speech(folder, LENGTHS, { channelCount: 2, bits: 16 })
    const lame = (mode: string[]) => (wav: string) =>
      output(['lame', '--quiet', ...mode, '--add-id3v2', '--tt', 'Hall', '--ta', 'A voice', wav, '-'])
    const ffmpeg = async (wav: string) => {
      await output([
        'ffmpeg',
        '-v',
        'error',
        '-i',
        wav,
        '-q:a',
        '4',
        '-write_id3v1',
        '1',
        '-metadata',
        'title=Hall',
        `${wav}.mp3`,
      ])
      return Buffer.from(await Bun.file(`${wav}.mp3`).arrayBuffer())
    }
    const padding = pieces.length * 2 * 1152
    for (const encode of [lame(['-V', '5']), lame(['-b', '64', '--resample', '22.05', '-m', 'm']), ffmpeg]) {
      const { file, send, recording } = await capturing(room)
      await send(await Promise.all(pieces.map(encode)), 'audio/mpeg')
      const { bytes } = await file('GET')
      const path = join(folder, 'joined.mp3')
      await Bun.write(path, bytes)
      const shown = await output(['ffprobe', '-v', 'error', '-show_entries', 'format=duration', '-of', 'csv=p=0', path])
      const seconds = LENGTHS.reduce((sum, each) => sum + each, 0) / RATE_HZ
      expect(Number(shown)).toBeGreaterThan(seconds)
      expect(Number(shown)).toBeLessThan(seconds + padding / 22_050 + 0.01)
      await output(['ffmpeg', '-v', 'error', '-i', path, '-f', 'null', '-'])
      expect(['ID3', 'TAG', 'Xing', 'Info'].map((each) => bytes.toString('latin1').split(each).length - 1)).toEqual([
        0, 0, 1, 0,
      ])
      expect(await recording()).toMatchObject({
        durationSeconds: 6,
        waveformPreview: { source: 'ffmpeg_decoded_peak' },
      })
      const part = await file('GET', 'bytes=150-90000')
      expect(part.bytes.equals(bytes.subarray(150, 90_001))).toBe(true)
    }
  })
})

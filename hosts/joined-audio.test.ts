import { afterEach, describe, expect } from 'bun:test'
import { join } from 'node:path'
import fc from 'fast-check'
import { makeSpeech, sox } from '../agent-sim/scenarios/testing-speech.ts'
import { TestRoom } from './testing-room.ts'
import { audioTest, output } from './testing-tools.ts'

const RATE_HZ = 48_000

interface Shape {
  readonly channelCount: number
  readonly bits: number
}

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

/** Speech in pieces, each encoded; the frames they were cut at leave last blocks of all sorts, one of 5 samples. */
async function speech(folder: string, lengths: readonly number[], { channelCount, bits }: Shape, rateHz = RATE_HZ) {
  const whole = join(folder, 'whole.wav')
  const seconds = Math.ceil(lengths.reduce((sum, each) => sum + each, 0) / RATE_HZ)
  await makeSpeech(`${whole}.source.wav`, seconds)
  // A gain that is no power of two fills the lowest of 24 bits too.
  await sox(`${whole}.source.wav`, '-r', `${rateHz}`, '-b', `${bits}`, '-c', `${channelCount}`, whole, 'gain', '-1.7')
  let at = 0
  const pieces: string[] = []
  for (const [i, length] of lengths.entries()) {
    const piece = join(folder, `piece${i}.wav`)
    await sox(whole, piece, 'trim', `${at}s`, `${length}s`)
    pieces.push(piece)
    at += length
  }
  return pieces
}

const LENGTHS = [2 * RATE_HZ, 20 * 4608 + 5, RATE_HZ + 1234, 10 * 4096]

const rawOf = async (pieces: readonly string[], { bits }: Shape): Promise<Buffer> =>
  Buffer.concat(await Promise.all(pieces.map((piece) => output(['sox', piece, '-t', `s${bits}`, '-']))))

describe('a recording in pieces of FLAC', () => {
  let room: TestRoom
  afterEach(() => room.close())

  async function capturing() {
    room = await TestRoom.open()
    const { put, recording, owner, recordingId } = await room.captured()
    const file = async (method: string, range?: string) => {
      const headers = { authorization: `Bearer ${owner}`, ...(range !== undefined && { range }) }
      const url = `http://localhost/api/v1/recordings/${recordingId}/file`
      const answer = await room.fetch(new Request(url, { method, headers }))
      return { status: answer.status, headers: answer.headers, bytes: Buffer.from(await answer.arrayBuffer()) }
    }
    const send = async (pieces: readonly Buffer<ArrayBuffer>[], type = 'audio/flac') => {
      for (const [index, bytes] of pieces.entries()) {
        const last = index === pieces.length - 1 ? `&chunkTotal=${pieces.length}` : ''
        const answer = await put(new Uint8Array(bytes), { 'content-type': type }, `?chunk=${index}${last}`)
        expect(answer.status).toBe(201)
      }
    }
    return { file, send, put, recording }
  }

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
          const { file, send, recording } = await capturing()
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

  audioTest('is had in any ranges', async (folder) => {
    const { file, send } = await capturing()
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

  audioTest('one of which was cut in the middle of a frame plays what is whole of it', async (folder) => {
    const { file, send } = await capturing()
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

  audioTest('one of which is of another rate, or has blocks of any size, is not one file', async (folder) => {
    const shape = { channelCount: 2, bits: 16 }
    const pieces = await speech(folder, LENGTHS, shape)
    const [one, two] = await Promise.all(pieces.map((piece) => output(['flac', '-s', '-c', piece])))
    const [slower] = await speech(join(folder), [RATE_HZ], shape, 44_100)
    if (!one || !two || !slower) throw new Error('there are no pieces')
    const first = await capturing()
    await first.send([one, await output(['flac', '-s', '-c', slower])])
    expect((await first.file('GET')).status).toBe(409)
    expect(await first.recording()).toMatchObject({ status: 'cached', durationSeconds: 3 })
    await room.close()

    const second = await capturing()
    await second.send([one, two])
    const { bytes: ofAnySize } = await second.file('GET')
    await room.close()

    const third = await capturing()
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
      const { file, send, recording } = await capturing()
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
      await room.close()
    }
    room = await TestRoom.open()
  })
})

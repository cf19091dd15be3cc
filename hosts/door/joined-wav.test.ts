import { afterEach, beforeEach, describe, expect } from 'bun:test'
import { join } from 'node:path'
import { sox } from '../../agent-sim/scenarios/testing-speech.ts'
import { bytesOf, capturing, LENGTHS, rawOf, speech } from './testing-pieces.ts'
import { TestRoom } from './testing-room.ts'
import { audioTest, output } from './testing-tools.ts'

/** What sox makes of a piece, and what ffmpeg calls it. */
const widths = [
  { wav: ['-b', '8', '-e', 'unsigned-integer'], codec: 'pcm_u8' },
  { wav: ['-b', '24'], codec: 'pcm_s24le' },
  { wav: ['-b', '32'], codec: 'pcm_s32le' },
  { wav: ['-b', '32', '-e', 'floating-point'], codec: 'pcm_f32le' },
]
const raw = ['-t', 'raw', '-']

describe('a recording in pieces', () => {
  let room: TestRoom
  beforeEach(async () => {
    room = await TestRoom.open()
  })
  afterEach(() => room.close())

  for (const { wav, codec } of widths) {
    audioTest(`of WAV, ${codec}, is one file, to the sample`, async (folder) => {
      const { file, send, recording } = await capturing(room)
      const shape = { channelCount: 1, bits: 24 }
      const sources = await speech(folder, LENGTHS, shape)
      const pieces = await Promise.all(
        sources.map(async (piece, i) => {
          await sox(piece, ...wav, `${piece}.wav`)
          // Through a pipe nobody knows how long it will be.
          const piped = ['ffmpeg', '-v', 'error', '-i', `${piece}.wav`, '-c:a', codec, '-f', 'wav', '-']
          return i === 1 ? output(piped) : bytesOf(`${piece}.wav`)
        }),
      )
      await send(pieces, 'audio/wav')
      const { bytes, headers } = await file('GET')
      expect(headers.get('content-type')).toBe('audio/wav')
      const path = join(folder, 'joined.wav')
      await Bun.write(path, bytes)
      const source = Buffer.concat(await Promise.all(sources.map((each) => output(['sox', `${each}.wav`, ...raw]))))
      expect((await output(['sox', path, ...raw])).equals(source)).toBe(true)
      const ffmpeg = ['ffmpeg', '-v', 'error', '-i', path, '-c:a', codec, '-f', codec.replace('pcm_', ''), '-']
      expect((await output(ffmpeg)).equals(source)).toBe(true)
      expect([bytes.length % 2, bytes.readUInt32LE(4)]).toEqual([0, bytes.length - 8])
      expect(await recording()).toMatchObject({ waveformPreview: { source: 'ffmpeg_decoded_peak' } })
    })
  }

  audioTest('is not taken away by one that was cut before its sound, but by one of another shape', async (folder) => {
    const shape = { channelCount: 2, bits: 24 }
    const [one = '', two = ''] = await speech(folder, LENGTHS, shape)
    const source = await rawOf([one, two], shape)
    const [first, last, flacFirst, flacLast] = await Promise.all([
      bytesOf(one),
      bytesOf(two),
      output(['flac', '-s', '-c', one]),
      output(['flac', '-s', '-c', two]),
    ])
    const framesAt = flacFirst.indexOf(Buffer.of(0xff, 0xf8))
    const cutOff = [
      // In the head, after the shape, at its end, and within the first sample.
      ...[20, 64, 80, 84].map((length) => ({ type: 'audio/wav', pieces: [first, last, first.subarray(0, length)] })),
      { type: 'audio/wav', pieces: [first.subarray(0, 20), first, last] },
      // In the head, in what stands before the frames, at the first frame, and within it.
      ...[20, 4096, framesAt, framesAt + 999].map((length) => ({
        type: 'audio/flac',
        pieces: [flacFirst, flacFirst.subarray(0, length), flacLast],
      })),
    ]
    for (const { type, pieces } of cutOff) {
      const { file, send, recording } = await capturing(room)
      await send(pieces, type)
      const path = join(folder, `joined.${type === 'audio/wav' ? 'wav' : 'flac'}`)
      await Bun.write(path, (await file('GET')).bytes)
      expect((await output(['sox', path, ...raw])).equals(source)).toBe(true)
      expect((await recording()).status).toBe('cached')
    }
    await sox(one, '-b', '16', `${one}.16.wav`)
    await sox(one, '-r', '44100', `${one}.44.wav`)
    await sox(one, '-b', '32', `${one}.32.wav`)
    const mp3 = await output(['lame', '--quiet', one, '-'])
    const aliens = await Promise.all(['16', '32', '44'].map((each) => bytesOf(`${one}.${each}.wav`)))
    for (const pieces of [...[...aliens, flacFirst, mp3].map((alien) => [first, last, alien]), [mp3, last]]) {
      const { file, send } = await capturing(room)
      await send(pieces, pieces[0] === mp3 ? 'audio/mpeg' : 'audio/wav')
      expect((await file('GET')).status).toBe(409)
    }
  })

  audioTest('is what was heard, whatever it was called', async (folder) => {
    const { file, send } = await capturing(room)
    const shape = { channelCount: 2, bits: 16 }
    const pieces = await speech(folder, LENGTHS, shape)
    await send(await Promise.all(pieces.map(bytesOf)), 'application/octet-stream')
    const { bytes, headers } = await file('GET')
    expect([headers.get('content-type'), headers.get('content-disposition')]).toEqual([
      'audio/wav',
      expect.stringContaining('.wav"'),
    ])
    expect(bytes.subarray(44).equals(await rawOf(pieces, shape))).toBe(true)
  })
})

import { describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import fc from 'fast-check'
import { makeSpeech, sox } from '../../agent-sim/scenarios/testing-speech.ts'
import { audioTest, output } from '../../hosts/door/testing-tools.ts'
import { Listener } from './listener.ts'
import {
  ascii,
  blocks,
  crc,
  description,
  flac,
  flacHead,
  listen,
  mp3Frames,
  tagBefore,
  tagsAfter,
  wav,
} from './testing-sounds.ts'

const MIB = 1024 * 1024

/** What may become of a file on its way: it is cut, bits flip, bytes are lost, others come between. */
const harm = fc.record({
  kind: fc.constantFrom('cut', 'flip', 'lose', 'zeros', 'ones', 'splice'),
  place: fc.double({ min: 0, max: 1, noNaN: true }),
  /** Heads are short, and would be hit too seldom. */
  early: fc.boolean(),
  much: fc.integer({ min: 1, max: 300 }),
})
type Harm = typeof harm extends fc.Arbitrary<infer T> ? T : never

function harmed(file: Uint8Array, { kind, place, early, much }: Harm, other: Uint8Array): Uint8Array {
  const at = Math.floor(place * (early ? Math.min(100, file.length) : file.length))
  const [before, after] = [file.subarray(0, at), file.subarray(at)]
  if (kind === 'cut') return before
  if (kind === 'lose') return Buffer.concat([before, after.subarray(much)])
  if (kind === 'splice') return Buffer.concat([before, other.subarray(Math.floor(place * other.length))])
  if (kind !== 'flip') return Buffer.concat([before, new Uint8Array(much).fill(kind === 'ones' ? 255 : 0), after])
  const flipped = Uint8Array.from(file)
  flipped[at] = (flipped[at] ?? 0) ^ (1 << (much % 8))
  return flipped
}

/** Pieces of one byte, of few, and of many. */
const cuts = fc.oneof(
  fc.constant([1]),
  fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 5 }),
  fc.array(fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 9000 })), { minLength: 1 }),
)

function isHeardTheSame(files: readonly Uint8Array[], numRuns: number): void {
  const file = fc.constantFrom(...files)
  fc.assert(
    fc.property(file, file, fc.array(harm, { maxLength: 5 }), cuts, (one, other, harms, lengths) => {
      const bytes = harms.reduce((sum, each) => harmed(sum, each, other), one)
      expect(listen(bytes, lengths)).toEqual(listen(bytes))
    }),
    { numRuns },
  )
}

/** As much of one byte, each pushed alone: whoever went over what came before with each of them would need hours. */
function trickle(before: Uint8Array, byte: number): Listener {
  const listener = new Listener()
  listener.push(before)
  const one = Uint8Array.of(byte)
  for (let i = 0; i < MIB; i++) listener.push(one)
  return listener
}

describe('what streams by', () => {
  test('is heard the same however the bytes are cut, be it whole or damaged', () => {
    const sound = mp3Frames(20, 3)
    isHeardTheSame(
      [
        wav(
          Array.from({ length: 5000 }, (_, i) => i * 6),
          2,
        ),
        flac(blocks(300, 4096, 77)),
        flac(blocks(20, 16, 5), (i) => (i % 2 ? -1 : 0xfff8 - 65_536)),
        Buffer.concat([tagBefore(), description(), ...sound, ...tagsAfter()]),
        Buffer.concat(sound),
      ],
      3000,
    )
  })

  audioTest('is heard the same however the bytes are cut, as recorders write it', async (folder) => {
    const source = join(folder, 'speech.wav')
    await makeSpeech(source, 1)
    await sox(source, '-b', '24', `${source}.24.wav`)
    const bytesOf = async (path: string) => new Uint8Array(await Bun.file(path).arrayBuffer())
    const ffmpeg = (format: string) => output(['ffmpeg', '-v', 'error', '-i', source, '-f', format, '-'])
    isHeardTheSame(
      [
        (await bytesOf(source)).slice(0, 50_000),
        (await bytesOf(`${source}.24.wav`)).slice(0, 50_000),
        (await ffmpeg('wav')).subarray(0, 50_000),
        await output(['flac', '-s', '-c', source]),
        await output(['flac', '-s', '-b', '192', '-c', source]),
        await ffmpeg('flac'),
        await output(['lame', '--quiet', '-V', '5', '--add-id3v2', '--tt', 'Hall', source, '-']),
        await ffmpeg('mp3'),
      ],
      1500,
    )
  })

  test('may come byte by byte, and no byte costs more than any other', () => {
    const riff = [...ascii('RIFF'), 0, 0, 0, 0, ...ascii('WAVE')]
    const longChunk = [...ascii('LIST'), 0, 0, 0, 1]
    const format = [...wav([], 2).slice(12, 36)]
    for (const head of [riff, [...riff, ...longChunk]]) {
      expect(trickle(Uint8Array.from(head), 0).heard()).toBeUndefined()
    }
    const cutInHead = Uint8Array.from([...riff, ...format, ...longChunk])
    expect(trickle(cutInHead, 0).heard()).toMatchObject({ frameCount: 0 })

    const streamInfo = flacHead.slice(0, 42).with(4, 0)
    const longBlock = [4, 0xff, 0xff, 0xff]
    expect(trickle(Uint8Array.from([...streamInfo, ...longBlock]), 0).heard()).toMatchObject({ frameCount: 0 })
    expect(trickle(Uint8Array.from(streamInfo), 0).heard()).toBeUndefined()

    // A block of 65535 samples of eight channels and 32 bits, more than two megabytes that may all be one frame.
    const large = Buffer.from(flacHead)
    large.writeUInt32BE(((48_000 << 12) | (7 << 9) | (31 << 4)) >>> 0, 18)
    const begun = [0xff, 0xf8, 0x70, 0x70, 0, 0xff, 0xfe]
    const open = [...large, ...begun, ...crc(begun, 8, 0x07), ...new Uint8Array(MIB)]
    expect(trickle(Uint8Array.from(open), 0).heard()).toMatchObject({ frameCount: 0 })
    expect(trickle(Uint8Array.from(open), 0xff).heard()).toMatchObject({ frameCount: 0 })

    expect(trickle(Buffer.concat(mp3Frames(4, 3)), 0xff).heard()).toMatchObject({ frameCount: 4 * 1152 })
    expect(trickle(wav([1], 1), 7).heard()).toMatchObject({ frameCount: 1 })
  })
})

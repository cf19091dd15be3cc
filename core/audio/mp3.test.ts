import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { joinMp3 } from './mp3-joined.ts'
import { audioOver, type Part } from './segment.ts'
import { description, mp3Frames as frames, listen, tagBefore, tagsAfter } from './testing-sounds.ts'

function part(bytes: Uint8Array): Part {
  const heard = listen(bytes)
  const audio = {
    sizeBytes: bytes.length,
    async *read(start: number, end: number) {
      yield bytes.subarray(start, end + 1)
    },
  }
  return { audio, ...(heard && { heard }) }
}

async function had(parts: readonly Part[]) {
  const audio = audioOver(joinMp3(parts))
  const pieces: Uint8Array[] = []
  for await (const piece of audio.read(0, audio.sizeBytes - 1)) pieces.push(piece)
  return Buffer.concat(pieces)
}

describe('MP3', () => {
  test('is heard from its first frame with sound to its last, whatever is around them and however it is cut', () => {
    const sound = Buffer.concat(frames(9, 3))
    const before = Buffer.concat([tagBefore(), description()])
    const file = Buffer.concat([before, sound, ...tagsAfter()])
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1 }), (cuts) => {
        expect(listen(file, cuts)).toMatchObject({
          channelCount: 2,
          sampleRate: 48_000,
          frameCount: 9 * 1152,
          mp3: { from: before.length, to: before.length + sound.length },
        })
      }),
    )
  })

  test('that was cut is heard as far as it is whole, and damage in it is passed over', () => {
    const sound = Buffer.concat(frames(9, 3))
    expect(listen(sound.subarray(0, -1))).toMatchObject({ frameCount: 8 * 1152, mp3: { to: sound.length - 384 } })
    const damaged = Buffer.concat([...frames(4, 3), new Uint8Array(777).fill(0xff), ...frames(4, 4)])
    expect(listen(damaged)).toMatchObject({ frameCount: 8 * 1152, mp3: { from: 0, to: damaged.length } })
  })

  test('has its tags where it begins: what is named like one later is passed over, also at the beginning of a piece', () => {
    const begun = Uint8Array.from([0xff, 0xe0, ...new Uint8Array(98)])
    const named = Uint8Array.from([0x49, 0x44, 0x33, 4, 0, 0, 0, 0, 4, 64])
    const file = Buffer.concat([begun, named, ...frames(5, 3)])
    for (const cuts of [[file.length], [100], [1]]) {
      expect(listen(file, cuts)).toMatchObject({ frameCount: 5 * 1152, mp3: { from: 110 } })
    }
  })

  test('after some megabytes of something else is not waited for, and what was counted stands', () => {
    const [sound, gap] = [Buffer.concat(frames(4, 3)), new Uint8Array(5 * 1024 * 1024).fill(0xff)]
    const nearby = Buffer.concat([sound, gap.subarray(0, 3 * 1024 * 1024), sound])
    expect(listen(nearby, [65_536])).toMatchObject({ frameCount: 8 * 1152, mp3: { to: nearby.length } })
    const often = Buffer.concat([nearby, gap.subarray(0, 3 * 1024 * 1024), sound])
    expect(listen(often, [65_536])).toMatchObject({ frameCount: 12 * 1152, mp3: { to: often.length } })
    const far = Buffer.concat([sound, gap, sound])
    for (const cuts of [[65_536], [far.length]]) {
      expect(listen(far, cuts)).toMatchObject({ frameCount: 4 * 1152, mp3: { to: sound.length } })
    }
  })

  test('what only begins like it is not taken for it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 10, maxLength: 5000 }), (noise) => {
        expect(listen(Uint8Array.from([0xff, 0xfb, 0x94, 0, ...noise]))?.mp3).toBeUndefined()
      }),
    )
    expect(listen(new Uint8Array(1_000_000).fill(0xff))).toBeUndefined()
  })

  test('many files are one: a description of the whole, and then nothing but their frames', async () => {
    const sounds = [frames(30, 1), frames(10, 2), frames(60, 3)].map((each) => Buffer.concat(each))
    const files = sounds.map((sound) => Buffer.concat([tagBefore(), description(), sound, ...tagsAfter()]))
    const whole = await had(files.map(part))
    const all = Buffer.concat(sounds)
    expect(whole.subarray(-all.length).equals(all)).toBe(true)
    const head = whole.subarray(0, -all.length)
    expect([head.length, head.toString('latin1', 36, 40)]).toEqual([168, 'Xing'])
    expect([head.readUInt32BE(44), head.readUInt32BE(48)]).toEqual([100, whole.length])
    const places = [...head.subarray(52, 152)]
    expect(places).toEqual(places.toSorted((a, b) => a - b))
    expect([places[30], places[40]]).toEqual(
      [0, 1].map((i) => {
        const before = Buffer.concat(sounds.slice(0, i + 1)).length
        return Math.floor(((head.length + before) / whole.length) * 256)
      }),
    )
  })

  test('files that are not alike, or not understood, follow each other as they are', async () => {
    const [one, noise] = [Buffer.concat([tagBefore(), ...frames(5, 1)]), Buffer.alloc(700, 1)]
    expect((await had([part(one), part(noise)])).equals(Buffer.concat([one, noise]))).toBe(true)
  })
})

import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { noEncoders } from '../jobs/encoder.ts'
import { refusalOf } from '../jobs/refusal.ts'
import { aJob } from '../testing-controller.ts'
import type { ChannelMap, Command } from '../wire/answers.ts'
import { cut, monoMix, routingOf } from './capture.ts'
import { roomOf } from './room.ts'
import { readWav } from './wav.ts'

const noise = (sampleRateHz: number, channelCount: number) => ({
  sampleRateHz,
  channelCount,
  samples: Int16Array.from({ length: 1009 * channelCount }, (_, at) => Math.imul(at + 1, 2_654_435_761) >> 16),
})

test('at the rate of the room a capture is the room, to the sample', () => {
  const spans = fc.tuple(
    fc.nat(9000),
    fc.nat(3000),
    fc.constantFrom(8000, 44_100, 48_000),
    fc.integer({ min: 1, max: 3 }),
  )
  fc.assert(
    fc.property(spans, ([fromMs, durationMs, rateHz, channelCount]) => {
      const room = roomOf(noise(rateHz, channelCount), 100)
      const routing = Array.from({ length: channelCount }, (_, channel) => [channel])
      fc.pre(room.samples(fromMs, fromMs + durationMs).length > 0)
      expect(readWav(cut(room, { fromMs, toMs: fromMs + durationMs }, rateHz, routing))).toEqual({
        sampleRateHz: rateHz,
        channelCount,
        samples: room.samples(fromMs, fromMs + durationMs),
      })
    }),
    { numRuns: 60 },
  )
})

test('at any rate, pieces that adjoin make the whole', () => {
  const rates = fc.constantFrom(8000, 16_000, 44_100, 48_000, 96_000)
  fc.assert(
    fc.property(rates, rates, fc.integer({ min: 1, max: 1999 }), (roomRateHz, rateHz, middleMs) => {
      const room = roomOf(noise(roomRateHz, 2), 0)
      const samples = (fromMs: number, toMs: number) => [
        ...readWav(cut(room, { fromMs, toMs }, rateHz, [[0], [1]])).samples,
      ]
      expect([...samples(0, middleMs), ...samples(middleMs, 2000)]).toEqual(samples(0, 2000))
      expect(samples(0, 2000).length).toBe(2 * 2 * rateHz)
    }),
    { numRuns: 25 },
  )
})

test('between two samples lies the straight line', () => {
  const room = roomOf({ sampleRateHz: 1000, channelCount: 1, samples: Int16Array.of(0, 100, 200, 100) }, 0)
  const doubled = readWav(cut(room, { fromMs: 0, toMs: 4 }, 2000, [[0]]))
  expect(doubled.samples).toEqual(Int16Array.of(0, 50, 100, 150, 200, 150, 100, 50))
})

test('a listener hears all channels in one, at 16 kHz', () => {
  const room = roomOf({ sampleRateHz: 16_000, channelCount: 2, samples: Int16Array.of(100, 300, -100, -301) }, 0)
  const heard = readWav(cut(room, { fromMs: 0, toMs: 1000 }, 16_000, monoMix(room)))
  expect(heard).toMatchObject({ sampleRateHz: 16_000, channelCount: 1 })
  expect([...heard.samples.slice(0, 2)]).toEqual([200, -200])
  expect(heard.samples.length).toBe(16_000)
})

describe('which channels a recording holds', () => {
  const { command } = aJob('job_1', { captureChannels: 4 })
  const map = (
    channelMode: ChannelMap['channelMode'],
    ...entries: readonly (readonly [number, number?])[]
  ): ChannelMap => ({
    assignmentId: 'a',
    channelMode,
    sourceChannels: 4,
    targetId: 't',
    targetType: 'interface',
    templateId: 't',
    templateName: 'T',
    entries: entries.map(([sourceChannelIndex, outputChannelIndex]) => ({
      included: true,
      label: 'x',
      sourceChannelIndex,
      ...(outputChannelIndex && { outputChannelIndex }),
    })),
  })

  test('without a map: as many as were asked for, the last one again where the room has fewer', () => {
    expect(routingOf(command, undefined, 2)).toEqual([[0], [1], [1], [1]])
    expect(routingOf({ ...command, captureChannels: 1 }, undefined, 2)).toEqual([[0]])
    expect(routingOf({ ...command, captureChannels: 0 }, undefined, 2)).toEqual([[0]])
  })

  test('with a map: the included ones, in their places', () => {
    expect(routingOf(command, map('stereo', [3, 2], [1, 1]), 4)).toEqual([[0], [2]])
    expect(routingOf(command, map('stereo', [3]), 4)).toEqual([[2], [2]])
    expect(routingOf(command, map('mono', [1], [4]), 4)).toEqual([[0, 3]])
    expect(routingOf(command, map('mono_to_stereo_mix', [2], [4]), 4)).toEqual([
      [1, 3],
      [1, 3],
    ])
    expect(routingOf(command, map('multichannel', [1, 3], [2, 1], [3, 2]), 4)).toEqual([[1], [2], [0]])
  })

  test('a map that includes nothing is no map', () => {
    const nothing = {
      ...map('mono', [1]),
      entries: map('mono', [1]).entries.map((entry) => ({ ...entry, included: false })),
    }
    expect(routingOf({ ...command, captureChannels: 2 }, nothing, 2)).toEqual([[0], [1]])
  })
})

test('what a node cannot do it refuses by name', async () => {
  const refusal = (command: Partial<Command>, chunkSeconds?: number) =>
    refusalOf(aJob('j', command).command, 2, noEncoders, chunkSeconds)
  expect(await refusal({})).toBeUndefined()
  expect(await refusal({ outputCodec: 'mp3' })).toBe('unsupported_codec_mp3')
  expect(await refusal({ outputCodec: 'flac' })).toBe('unsupported_codec_flac')
  expect(await refusal({ outputCodec: null, outputFileName: 'rec_1.mp3' })).toBe('unsupported_codec_mp3')
  expect(await refusal({ outputCodec: null, outputFileName: 'rec_1.ogg' })).toBe('unsupported_codec_ogg')
  expect(await refusal({ durationSeconds: 0 })).toBe('capture_too_short')
  expect(await refusal({ durationSeconds: 604_800 })).toBe('capture_too_large')
  expect(await refusal({ durationSeconds: 604_800 }, 600)).toBeUndefined()
})

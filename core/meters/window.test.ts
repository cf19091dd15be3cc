import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { NodeId } from '../ids.ts'
import type { HeardFrame, Level } from './meter-frame.ts'
import { FRAMES_KEPT, LevelWindow } from './window.ts'
import { Windows } from './windows.ts'

const T0 = Date.parse('2026-11-27T10:00:00.000Z')
const nodeId = 'node_1' as NodeId

/** As agents send them: 32-bit numbers written out. */
const number = (min: number, max: number) => fc.float({ min, max, noNaN: true })
const score = number(0, 1)
/** As the contract rounds what is judged; there is one zero. */
const rounded = (value: number, digits: number) => Math.round(value * 10 ** digits) / 10 ** digits + 0
const quality = fc.record(
  {
    crestFactorDb: fc.constant(3),
    noiseScore: score,
    speechScore: score,
    zeroCrossingRate: fc.constant(0.1),
    speechLike: fc.boolean(),
    broadbandNoiseScore: score,
    humScore: score,
    staticScore: score,
    channelCorrelation: fc.record({
      peerChannelIndex: fc.constant(2),
      phase: fc.constantFrom('same' as const, 'inverted' as const),
      score: number(-1, 1),
    }),
  },
  { requiredKeys: ['crestFactorDb', 'noiseScore', 'speechScore', 'zeroCrossingRate', 'speechLike'] },
)
const level = fc.record(
  {
    channelIndex: fc.integer({ min: 1, max: 40 }),
    label: fc.constant(''),
    peakDbfs: number(-160, 24),
    rmsDbfs: number(-160, 24),
    clipping: fc.boolean(),
    quality,
  },
  { requiredKeys: ['channelIndex', 'label', 'peakDbfs', 'rmsDbfs', 'clipping'] },
)

const heard = (levels: readonly Level[], second: number, interfaceId = 'iface_1'): HeardFrame => ({
  frame: { nodeId, interfaceId, capturedAt: new Date(T0 + second * 1000).toISOString(), levels },
  receivedAt: T0 + second * 1000 + 5,
})

/** The same in the words of the contract. */
function read({ frame, receivedAt }: HeardFrame) {
  const { levels } = frame
  const most = (of: (level: Level) => number | undefined, least: number) =>
    levels.reduce((max, each) => Math.max(max, of(each) ?? least), least)
  const sorted = levels.map(({ rmsDbfs }) => rmsDbfs).sort((a, b) => a - b)
  return {
    receivedAt,
    peakDbfs: rounded(
      most(({ peakDbfs }) => peakDbfs, -160),
      1,
    ),
    rmsDbfs: most(({ rmsDbfs }) => rmsDbfs, -160),
    rmsDbfs95: rounded(sorted[Math.ceil(sorted.length * 0.95) - 1] ?? -160, 1),
    clippingChannels: levels.filter(({ clipping }) => clipping).length,
    speechScore: rounded(
      most(({ quality }) => quality?.speechScore, 0),
      2,
    ),
    noiseScore: rounded(
      most(({ quality }) => quality?.noiseScore, 0),
      2,
    ),
    broadbandNoiseScore: rounded(
      most(({ quality }) => quality?.broadbandNoiseScore, 0),
      2,
    ),
    humScore: rounded(
      most(({ quality }) => quality?.humScore, 0),
      2,
    ),
    staticScore: rounded(
      most(({ quality }) => quality?.staticScore, 0),
      2,
    ),
    correlationScore: most(({ quality }) => Math.abs(quality?.channelCorrelation?.score ?? 0), 0),
  }
}

describe('the window of an interface', () => {
  test('holds of each frame what is to be judged by', () => {
    fc.assert(
      fc.property(fc.array(level, { maxLength: 512 }), (levels) => {
        const window = new LevelWindow()
        window.hear(heard(levels, 1))
        expect([...window.readings()]).toEqual([read(heard(levels, 1))])
      }),
    )
  })

  test('keeps the last of them in their order, and one that is sent again once', () => {
    const window = new LevelWindow()
    for (let second = 0; second < FRAMES_KEPT + 50; second++) {
      window.hear(heard([], second))
      window.hear(heard([], second))
    }
    const received = [...window.readings()].map(({ receivedAt }) => Math.floor((receivedAt - T0) / 1000))
    expect(window.length).toBe(FRAMES_KEPT)
    expect(received).toEqual(Array.from({ length: FRAMES_KEPT }, (_, i) => i + 50))
  })
})

describe('the windows of a fleet', () => {
  test('do not mix what comes from several interfaces', () => {
    const windows = new Windows()
    for (let second = 0; second < 10; second++) windows.hear(heard([], second, `iface_${second % 2}`))
    expect(windows.of(nodeId, 'iface_0')?.length).toBe(5)
    expect(windows.of(nodeId, 'iface_1')?.length).toBe(5)
  })

  test('are few, whatever an agent calls its interfaces, and those that are heard stay', () => {
    const windows = new Windows()
    for (let second = 0; second < 1000; second++) {
      windows.hear(heard([], second, 'iface_real'))
      windows.hear(heard([], second, `iface_${second}`))
    }
    const kept = Array.from({ length: 1000 }, (_, i) => i).filter((i) => windows.of(nodeId, `iface_${i}`))
    expect(windows.of(nodeId, 'iface_real')?.length).toBe(FRAMES_KEPT)
    expect(kept.length).toBe(7)
    expect(kept.every((each) => windows.of(nodeId, `iface_${each}`)?.length === 1)).toBe(true)
  })

  test('give the place of one that has been silent to a new one', () => {
    const windows = new Windows()
    for (let i = 0; i < 8; i++) windows.hear(heard([], i, `iface_${i}`))
    windows.hear(heard([], 100, 'iface_new'))
    expect(windows.of(nodeId, 'iface_new')).toBeUndefined()
    windows.hear(heard([], 121, 'iface_new'))
    expect(windows.of(nodeId, 'iface_new')?.length).toBe(1)
    expect(windows.of(nodeId, 'iface_0')).toBeUndefined()
    expect(windows.of(nodeId, 'iface_1')?.length).toBe(1)
  })
})

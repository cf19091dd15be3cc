import { expect, test } from 'bun:test'
import { writeWav } from '../sound/wav.ts'
import { judge, type Known, type Measure } from './judge.ts'

interface Scene {
  readonly status: string
  readonly healthStatus: string
  readonly jobs: readonly string[]
  readonly claims: number
  readonly filed: boolean
  readonly samples: readonly number[]
  readonly known: Partial<Known>
  readonly calm: boolean
}

const good: Scene = {
  status: 'cached',
  healthStatus: 'healthy',
  jobs: ['completed'],
  claims: 1,
  filed: true,
  samples: [8, 9, 0, 1],
  known: { local: 'completed' },
  calm: true,
}

/** What is said of a world that shows this. */
function judged(change: Partial<Scene>): Promise<readonly string[]> {
  const scene = { ...good, ...change }
  const shown = (path: string): unknown => {
    if (path.startsWith('/recordings/')) return { id: 'rec', ...scene }
    if (path.startsWith('/recording-jobs')) return scene.jobs.map((status) => ({ id: 'job', status }))
    return Array.from({ length: scene.claims }, () => ({}))
  }
  const world = {
    filed: new Set(scene.filed ? ['rec'] : []),
    owner: async ({ path }: { readonly path: string }) => ({ ok: true, status: 200, data: shown(path) }) as const,
    bytes: async () => writeWav({ sampleRateHz: 8000, channelCount: 1, samples: Int16Array.from(scene.samples) }),
  }
  const measure: Measure = { calm: scene.calm, sampleCount: 4, chunkSamples: 2, loopFrames: 10 }
  return judge(world, { id: 'rec', stopped: false, ...scene.known }, measure)
}

test('nothing, where everything is as it should be', async () => {
  expect(await judged({})).toEqual([])
})

test('of a part whole chunks may be missing', async () => {
  const part = { status: 'partial', known: {}, calm: false }
  expect(await judged({ ...part, samples: [8, 9, 2, 3] })).toEqual([])
  expect(await judged({ ...part, samples: [8, 9, 1, 2] })).not.toEqual([])
  expect(await judged({ ...part, samples: [8, 1, 2, 3] })).not.toEqual([])
})

test.each<[string, Partial<Scene>]>([
  ['that has not ended', { status: 'recording', filed: false, known: {}, calm: false }],
  ['whose job goes on', { jobs: ['running'] }],
  ['with two jobs', { jobs: ['failed', 'completed'] }],
  ['that was claimed twice', { claims: 2 }],
  ['whose audio was taken and is gone', { status: 'failed', known: {}, calm: false }],
  ['that is not whole, though all of it was taken', { status: 'partial', calm: false }],
  ['with a gap', { samples: [8, 9, 1, 2] }],
  ['with a sample that is there twice', { samples: [8, 8, 9, 0] }],
  ['whose end is missing', { samples: [8, 9, 0] }],
  ['that came to nothing in good weather', { status: 'failed', filed: false, known: {} }],
  ['that is said to be unwell in good weather', { healthStatus: 'warning' }],
])('a recording %s', async (_, change) => {
  expect(await judged(change)).not.toEqual([])
})

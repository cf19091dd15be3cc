import { describe, expect, test } from 'bun:test'
import { writeWav } from '../sound/wav.ts'
import { check } from './check.ts'
import type { Facts, ShownEntry, ShownJob, Upload } from './facts.ts'
import { orphansIn } from './files.ts'

const sound = (level: number) =>
  writeWav({ sampleRateHz: 8000, channelCount: 1, samples: new Int16Array(4).fill(level) })
const joined = writeWav({ sampleRateHz: 8000, channelCount: 1, samples: Int16Array.of(1, 1, 1, 1, 2, 2, 2, 2) })

const talk: Upload = { recordingId: 'rec_a', checksum: 'sha256:aaaa', bytes: sound(9), acknowledged: true }
const [one, two] = [1, 2].map(
  (index): Upload => ({
    recordingId: 'rec_b',
    index,
    checksum: `sha256:b${index}`,
    bytes: sound(index),
    acknowledged: true,
  }),
) as [Upload, Upload]

const filed = (upload: Upload, jobStatus: string, status: string) =>
  entry('recordings.cache_file.attach.succeeded', upload.recordingId, {
    details: {
      jobId: `job_${upload.recordingId}`,
      jobStatus,
      checksum: upload.checksum,
      ...(upload.index !== undefined && { chunkIndex: upload.index }),
    },
    after: { status },
  })

function entry(action: string, id: string, more: Partial<ShownEntry> = {}): ShownEntry {
  return { id: '', action, target: { id }, details: {}, correlationIds: {}, ...more }
}

const begun = (recordingId: string) => [
  entry('recordings.start.succeeded', recordingId, {
    correlationIds: { jobId: `job_${recordingId}` },
    after: { status: 'recording' },
  }),
  entry('recording_jobs.claim_next_group.succeeded', `job_${recordingId}`, {
    details: { jobIds: [`job_${recordingId}`] },
  }),
]

const job = (recordingId: string, status: string): ShownJob => ({ id: `job_${recordingId}`, recordingId, status })

/** One whole recording, and one of two chunks, with everything in its place. */
const good: Facts = {
  deeds: [
    { action: 'nodes.enroll.succeeded', target: 'node_1' },
    { action: 'recordings.start.succeeded', target: 'rec_a' },
    { action: 'recording_jobs.claim_next_group.succeeded', target: 'job_rec_a' },
    { action: 'recordings.cache_file.attach.succeeded', target: 'rec_b' },
    { action: 'recordings.cache_file.attach.succeeded', target: 'rec_b' },
  ],
  uploads: [talk, one, { ...two, acknowledged: false }, two],
  faults: [],
  nodes: [{ id: 'node_1' }],
  recordings: [
    { id: 'rec_a', status: 'cached', cachePath: 'ad-hoc/rec_a.wav', checksum: talk.checksum },
    { id: 'rec_b', status: 'cached' },
  ],
  jobs: [job('rec_a', 'completed'), job('rec_b', 'completed')],
  ended: [job('rec_a', 'completed'), job('rec_b', 'completed')],
  chunks: [one, two].map(({ recordingId, index = 0, checksum }) => ({
    ...{ id: `chunk_${index}`, recordingId, index, checksum },
    cachePath: `ad-hoc/rec_b/part${index}.wav`,
  })),
  audit: [
    entry('nodes.enroll.succeeded', 'node_1'),
    ...begun('rec_a'),
    ...begun('rec_b'),
    filed(talk, 'completed', 'cached'),
    filed(one, 'running', 'recording'),
    filed(two, 'completed', 'cached'),
  ],
  trail: [],
  downloads: new Map([
    ['rec_a', talk.bytes],
    ['rec_b', joined],
  ]),
  files: [
    { path: 'ad-hoc/rec_a.aaaa.wav', checksum: talk.checksum },
    { path: 'ad-hoc/rec_b/part1.b1.wav', checksum: one.checksum },
    { path: 'ad-hoc/rec_b/part2.b2.wav', checksum: two.checksum },
  ],
  doubted: [],
}

const promisesBroken = (wrong: Partial<Facts>) =>
  [...new Set(check({ ...good, ...wrong }).map((each) => each.split(':')[0]))].sort()

const without = (action: string) => good.audit.filter((each) => each.action !== action)

describe('what the checkers see', () => {
  test('nothing, where everything is as it was promised', () => {
    expect(check(good)).toEqual([])
    expect(orphansIn(good)).toEqual([])
  })

  test.each([
    ['a fault of ours', { faults: ['500 to GET /nodes'] }, ['faults']],
    ['a job that was handed out twice', { deeds: [...good.deeds, ...good.deeds.slice(2, 3)] }, ['R1', 'R10']],
    ['a job that was claimed twice', { audit: [...good.audit.slice(0, 5), ...begun('rec_b').slice(1)] }, ['R1', 'R10']],
    [
      'a job that stays as it is',
      { jobs: [job('rec_a', 'running'), job('rec_b', 'completed')], ended: [] },
      ['R10', 'R8'],
    ],
    [
      'a recording that waits for ever',
      { recordings: [...good.recordings.slice(0, 1), { id: 'rec_b', status: 'recording' }] },
      ['R10', 'R8'],
    ],
    ['an end that did not stand', { ended: [job('rec_a', 'failed'), job('rec_b', 'completed')] }, ['R2']],
    ['a change without its entry', { audit: without('recording_jobs.claim_next_group.succeeded') }, ['R10']],
    ['a trail that lacks an entry', { trail: ['7: event 7 is missing'] }, ['R11']],
    ['a node that nobody has enrolled', { nodes: [...good.nodes, { id: 'node_2' }] }, ['R10']],
    ['an entry without its change', { audit: [...good.audit, ...begun('rec_c')] }, ['R10']],
    [
      'an end other than the one that was told',
      { jobs: [job('rec_a', 'cancelled'), job('rec_b', 'completed')], ended: [] },
      ['R10'],
    ],
    ['a file that is gone', { downloads: new Map([['rec_b', joined]]) }, ['R18']],
    [
      'a file that has changed',
      {
        downloads: new Map([
          ['rec_a', sound(8)],
          ['rec_b', joined],
        ]),
      },
      ['R18'],
    ],
    [
      'chunks in the wrong order',
      {
        downloads: new Map([
          ['rec_a', talk.bytes],
          ['rec_b', joined.toReversed()],
        ]),
      },
      ['R18'],
    ],
    ['a chunk that was lost', { chunks: good.chunks.slice(0, 1) }, ['R10', 'R18', 'R21']],
    [
      'audio that nobody has sent',
      { chunks: good.chunks.map((each) => ({ ...each, checksum: 'sha256:ffff' })) },
      ['R10', 'R18', 'R21'],
    ],
    ['a row without its bytes', { files: good.files.slice(1) }, ['R21']],
    [
      'a file that does not hold what its name says',
      { files: [{ path: 'ad-hoc/rec_a.aaaa.wav', checksum: 'sha256:0' }, ...good.files.slice(1)] },
      ['R21'],
    ],
  ] as const)('%s', (_, wrong, promises) => {
    expect(promisesBroken(wrong as Partial<Facts>)).toEqual([...promises])
  })

  test('bytes without a row are counted, and are no breach where the controller knows of them', () => {
    const orphan = { path: 'ad-hoc/rec_c.cccc.wav', checksum: 'sha256:cccc' }
    const left = { ...good, files: [...good.files, orphan] }
    expect(orphansIn(left)).toEqual([orphan])
    expect(check({ ...left, doubted: [{ path: 'ad-hoc/rec_c.wav', checksum: orphan.checksum }] })).toEqual([])
    expect(promisesBroken(left)).toEqual(['R21'])
  })
})

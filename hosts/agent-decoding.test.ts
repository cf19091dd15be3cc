import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type } from 'arktype'
import { TestRoom } from './testing-room.ts'

/*
 * What the recorders in the field must be able to read, member by member: it stands for the agent that is not here. A
 * missing or mistyped member is a failure on their side after the claim has been committed on ours.
 */

const unsigned = (max: number) => type(`0 <= number.integer <= ${max}`)
const U16 = 65_535
const U32 = 4_294_967_295
const channelIndex = unsigned(U16)

const enhancement = type({
  keepRaw: 'boolean',
  denoise: { enabled: 'boolean', engine: 'string' },
  highpass: { enabled: 'boolean', hz: 'number.integer' },
  lowpass: { enabled: 'boolean', hz: 'number.integer' },
  deesser: { enabled: 'boolean', intensity: 'number' },
  compressor: { enabled: 'boolean' },
  loudnorm: { enabled: 'boolean', targetI: 'number', truePeak: 'number', lra: 'number' },
  gate: { enabled: 'boolean', thresholdDb: 'number' },
})

const channelMap = type({
  assignmentId: 'string',
  channelMode: 'string',
  entries: type({
    included: 'boolean',
    label: 'string',
    sourceChannelIndex: channelIndex,
    'outputChannelIndex?': channelIndex.or('null'),
  }).array(),
  sourceChannels: channelIndex,
  targetId: 'string',
  targetType: 'string',
  templateId: 'string',
  templateName: 'string',
})

const retention = type({
  policyId: 'string',
  deleteAfterUpload: 'boolean',
  'maxAgeDays?': 'number.integer | null',
  'maxBytes?': 'number.integer | null',
  'minFreeDiskPercent?': 'number.integer | null',
})

const command = type({
  captureChannels: unsigned(U16),
  captureDevice: 'string',
  captureFormat: 'string',
  captureSampleRate: unsigned(U32),
  durationSeconds: unsigned(Number.MAX_SAFE_INTEGER),
  outputFileName: 'string',
  'captureBackend?': "'alsa' | 'jack' | 'pipewire' | null",
  'captureChannelSelection?': channelIndex.array().or('null'),
  'captureGroupId?': 'string | null',
  'captureInterfaceId?': 'string | null',
  'channelMap?': channelMap.or('null'),
  'chunkSeconds?': 'number.integer > 0 | null',
  'enhancement?': enhancement.or('null'),
  'outputBitrateKbps?': 'number.integer > 0 | null',
  'outputCodec?': "'mp3' | 'flac' | 'wav' | null",
  'outputVbr?': 'boolean | null',
  'recorderCacheRetention?': retention.or('null'),
})

const job = type({
  id: 'string',
  nodeId: 'string',
  recordingId: 'string',
  status: 'string',
  'failureReason?': 'string | null',
  command,
})

const config = type({
  'audioDefaults?': type({
    'captureBackend?': "'alsa' | 'jack' | 'pipewire' | null",
    'captureChannels?': channelIndex.or('null'),
    'captureSampleRate?': unsigned(U32).or('null'),
  }).or('null'),
  // Absent or a list: null breaks the agent.
  'recorderCachePolicies?': retention.array(),
  'monitorEnhancement?': type({ engine: 'string', requested: 'boolean' }).or('null'),
  'recordingCapacity?': type({ maxConcurrentRecordings: unsigned(U32) }).or('null'),
})

/** A number that the agent takes for an integer is written as one: 48000, and not 48000.0 or 4.8e4. */
const integersIn = (text: string): string[] =>
  [...text.matchAll(/"(?:captureChannels|captureSampleRate|durationSeconds|sourceChannelIndex|hz)":([^,}\]]+)/g)].map(
    ([, number = '']) => number,
  )

describe('what an agent must be able to read', () => {
  let room: TestRoom
  let owner: string
  beforeAll(async () => {
    room = await TestRoom.open()
    owner = await room.signIn()
  })
  afterAll(() => room.close())

  const orders: readonly [string, object, object][] = [
    ['the built-in profile', {}, {}],
    ['voice-wav', { recordingProfileId: 'voice-wav' }, {}],
    ['selected channels in stereo', { captureChannelSelection: [2, 1] }, {}],
    ['one channel', { captureChannelSelection: [2] }, {}],
    ['no interface at all', {}, { interfaces: [] }],
    [
      'defaults of the node',
      {},
      {
        audioDefaults: {
          captureBackend: 'jack',
          captureChannels: 8,
          captureSampleRate: 96000,
          captureFormat: 'S32_LE',
        },
      },
    ],
    ['numbers that came as text', {}, { recordingCapacity: { maxConcurrentRecordings: '3' } }],
  ]

  test.each(orders)('a job: %s', async (_, order, enrolment) => {
    const { nodeId, token } = await room.enrol(owner, enrolment)
    const started = await room.ask('POST', '/recordings', { token: owner, body: { nodeId, ...order } })
    expect(started.status).toBe(202)
    const claimed = await room.ask('POST', `/nodes/${nodeId}/recording-jobs/claim-next-group`, { token })
    expect(type({ data: job.array() })(claimed.body)).toEqual(claimed.body)
    const [first] = claimed.body.data
    expect(first.status).toBe('running')
    for (const number of integersIn(JSON.stringify(claimed.body))) expect(number).toMatch(/^\d+$/)
    for (const answer of [
      await room.ask('POST', `/recording-jobs/${first.id}/heartbeat`, { token }),
      await room.ask('GET', `/recording-jobs/${first.id}`, { token }),
      await room.ask('POST', `/recording-jobs/${first.id}/failed`, {
        token,
        headers: { 'x-rakkr-reason': 'gerät weg' },
      }),
    ]) {
      expect(answer.status).toBe(200)
      expect(type({ data: job })(answer.body)).toEqual(answer.body)
    }
  })

  test('nothing to claim is 204 with an empty body', async () => {
    const { nodeId, token } = await room.enrol(owner)
    const answer = await room.ask('POST', `/nodes/${nodeId}/recording-jobs/claim-next-group`, { token })
    expect([answer.status, answer.body]).toEqual([204, ''])
  })

  test('the config, with defaults and without', async () => {
    for (const more of [{}, { audioDefaults: { captureBackend: 'alsa', captureChannels: 2 } }]) {
      const { nodeId, token } = await room.enrol(owner, more)
      const answer = await room.ask('GET', `/nodes/${nodeId}/config`, { token })
      expect(type({ data: config })(answer.body)).toEqual(answer.body)
      expect(answer.body.data.recorderCachePolicies).toEqual([])
    }
  })

  test('the agent`s whole inventory is taken as a heartbeat, with seventeen addresses and members we do not know', async () => {
    const { nodeId, token } = await room.enrol(owner)
    const inventory = {
      id: nodeId,
      alias: 'Local Recorder Node',
      agentVersion: '0.0.0-dev',
      hostname: 'rec',
      interfaces: [
        {
          id: 'alsa_hw_1_0',
          alias: 'x',
          backend: 'alsa',
          channelCount: 2,
          channels: [],
          sampleRates: [48000],
          systemName: 'y',
        },
      ],
      ipAddresses: Array.from({ length: 17 }, (_, i) => `10.0.0.${i}`),
      lastSeenAt: '2026-01-01T00:00:00.123456789Z',
      location: { room: 'Unassigned', site: 'Unassigned' },
      runtime: { architecture: 'x86_64', audioBackends: ['alsa'], uptimeSeconds: 12 },
      status: 'online',
      tags: ['recorder-agent'],
    }
    const beat = await room.ask('POST', `/nodes/${nodeId}/heartbeat`, { token, body: inventory })
    expect(beat.status).toBe(202)
    expect(beat.body.data).toMatchObject({
      alias: 'Hall',
      status: 'online',
      location: { site: 'North', room: 'Hall 1' },
    })
    expect(beat.body.data.ipAddresses).toHaveLength(16)
    const reported = await room.ask('POST', `/nodes/${nodeId}/inventory`, { token, body: inventory })
    expect(reported.body.data.summary).toEqual({
      added: ['y'],
      absent: ['USB Desk'],
      reactivated: [],
      updated: [],
      unchanged: 0,
    })
    const again = await room.ask('POST', `/nodes/${nodeId}/inventory`, { token, body: inventory })
    expect(again.body.data).toMatchObject({ changed: false, summary: { unchanged: 2 } })
  })
})

import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type } from 'arktype'
import { job, nodeConfig } from '../../agent-sim/wire/answers.ts'
import { TestRoom } from './testing-room.ts'

/*
 * What the recorders in the field must be able to read, member by member, as the pretend ones read it: they stand for the
 * agent that is not here. A missing or mistyped member is a failure on their side after the claim has been committed on ours.
 */

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
      expect(type({ data: nodeConfig })(answer.body)).toEqual(answer.body)
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
      runtime: inventory.runtime,
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

  test('the trail keeps what a beat and a look at the settings were about', async () => {
    const { nodeId, token } = await room.enrol(owner, { recordingCapacity: { maxConcurrentRecordings: 3 } })
    const runtime = { osName: 'An OS', audioBackends: ['jack'] }
    const body = { agentVersion: '1', hostname: 'rec', runtime: { ...runtime, uptimeSeconds: 12 } }
    await room.ask('POST', `/nodes/${nodeId}/heartbeat`, { token, body })
    await room.ask('GET', `/nodes/${nodeId}/config`, { token })
    const detailsOf = async (action: string) => {
      const query = `action=${action}.succeeded&target=${nodeId}`
      return (await room.ask('GET', `/audit-events?${query}`, { token: owner })).body.data[0].details
    }
    expect(await detailsOf('nodes.heartbeat')).toMatchObject({ changed: true, runtime })
    expect(await detailsOf('nodes.config.read')).toMatchObject({
      audioDefaultsConfigured: false,
      recorderCachePolicyCount: 0,
      recordingCapacity: { maxConcurrentRecordings: 3 },
    })
  })
})

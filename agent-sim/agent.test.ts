import { describe, expect, test } from 'bun:test'
import { advance } from './agent.ts'
import { readWav } from './sound/wav.ts'
import { BOOT_MS, count, eventTypes, given, notFound } from './testing-agent.ts'
import { aJob, fakeController, NODE_ID } from './testing-controller.ts'

const TICK = [
  'POST heartbeat',
  'POST meter-frame',
  'POST listen/chunk',
  'GET config',
  'POST recording-jobs/claim-next-group',
]

describe('a node by the clock', () => {
  test('boots, then ticks, in the order of the contract', async () => {
    const { controller, agent } = given()
    await advance(agent, BOOT_MS, BOOT_MS + 10_000)
    expect(controller.calls()).toEqual(['POST health-events', 'POST inventory', ...TICK, ...TICK, ...TICK])
    expect(controller.problems).toEqual([])
  })

  test('says who it is and how loud it is', async () => {
    const { controller, agent } = given()
    await agent.step(BOOT_MS)
    expect(controller.received[0]?.json).toMatchObject({
      type: 'agent.started',
      severity: 'info',
      details: {
        alias: 'Pretend Recorder',
        controllerUrl: 'http://localhost/',
        meterBackend: 'synthetic',
        nodeId: NODE_ID,
      },
    })
    expect(controller.received[2]?.json).toMatchObject({
      id: NODE_ID,
      status: 'online',
      tags: ['recorder-agent'],
      lastSeenAt: '1970-01-01T00:01:40.000000000Z',
      interfaces: [{ id: 'alsa_hw_1_0', channelCount: 2, sampleRates: [48_000], systemRef: 'alsa:hw:1,0' }],
    })
    expect(controller.received[3]?.json).toMatchObject({
      nodeId: NODE_ID,
      interfaceId: 'alsa_hw_1_0',
      levels: [{ channelIndex: 1 }, { channelIndex: 2, quality: { channelCorrelation: { peerChannelIndex: 1 } } }],
    })
    expect(readWav(controller.received[4]?.bytes ?? new Uint8Array()).samples.length).toBe(16_000)
  })

  test('after a long sleep it ticks once, on its old raster', async () => {
    const { controller, agent } = given()
    await agent.step(BOOT_MS)
    controller.received.length = 0
    await agent.step(BOOT_MS + 63_000)
    expect(controller.calls()).toEqual(TICK)
    expect(agent.dueAtMs()).toBe(BOOT_MS + 65_000)
  })

  test('can send a frame a second, between its ticks as well', async () => {
    const ends: number[] = []
    const { controller, agent } = given({ meterEveryMs: 1000, onFrame: (_, window) => ends.push(window.toMs) })
    await advance(agent, BOOT_MS, BOOT_MS + 6000)
    expect(ends).toEqual([0, 1, 2, 3, 4, 5, 6].map((second) => BOOT_MS + second * 1000))
    expect(controller.calls().slice(2)).toEqual([
      ...TICK,
      ...Array(4).fill('POST meter-frame'),
      ...TICK,
      'POST meter-frame',
    ])
  })

  test('asks for work once per free slot, as many as the controller allows', async () => {
    const { controller, agent } = given()
    const config = { recorderCachePolicies: [], recordingCapacity: { maxConcurrentRecordings: 3 } }
    controller.overrides.set('GET config', () => Response.json({ data: config }))
    controller.offer(aJob('job_1'))
    await agent.step(BOOT_MS)
    expect(count(controller, 'POST recording-jobs/claim-next-group')).toBe(3)
    controller.received.length = 0
    await advance(agent, BOOT_MS + 1, BOOT_MS + 5000)
    expect(count(controller, 'POST recording-jobs/claim-next-group')).toBe(3)
  })
})

describe('when the controller fails', () => {
  test('nothing is fatal, and each kind of failure is told once, and its end', async () => {
    const { controller, agent } = given()
    for (const call of ['POST heartbeat', 'POST listen/chunk', 'GET config']) controller.overrides.set(call, notFound)
    await advance(agent, BOOT_MS, BOOT_MS + 10_000)
    controller.overrides.clear()
    await advance(agent, BOOT_MS + 10_001, BOOT_MS + 20_000)
    expect(eventTypes(controller)).toEqual([
      'agent.started',
      'agent.node_heartbeat.sync_failed',
      'agent.listen_monitor.chunk_sync_failed',
      'agent.node_config.sync_failed',
      'agent.node_heartbeat.sync_recovered',
      'agent.listen_monitor.chunk_sync_recovered',
      'agent.node_config.sync_recovered',
    ])
    expect(controller.problems).toEqual([])
  })

  test('a config or a claim that it cannot decode is a failure', async () => {
    const { controller, agent } = given()
    controller.overrides.set('GET config', () => Response.json({ data: { recorderCachePolicies: null } }))
    const halfJob = { ...aJob('job_1'), command: { captureDevice: 'hw:1,0' } }
    controller.overrides.set('POST recording-jobs/claim-next-group', () => Response.json({ data: [halfJob] }))
    await agent.step(BOOT_MS)
    expect(eventTypes(controller)).toContain('agent.node_config.sync_failed')
    expect(eventTypes(controller)).toContain('agent.recording_job.claim_next_failed')
    expect(agent.jobs()).toEqual([])
  })

  test('an answer of no jobs is no work', async () => {
    const { controller, agent } = given()
    controller.overrides.set('POST recording-jobs/claim-next-group', () => Response.json({ data: [] }))
    await agent.step(BOOT_MS)
    expect(eventTypes(controller)).toEqual(['agent.started'])
  })

  test('a clock that is off is told, and when it is right again', async () => {
    const { controller, agent } = given()
    const dated = (ms: number) => () =>
      Response.json({}, { status: 202, headers: { date: new Date(ms).toUTCString() } })
    controller.overrides.set('POST heartbeat', dated(BOOT_MS + 60_000))
    await agent.step(BOOT_MS)
    controller.overrides.set('POST heartbeat', dated(BOOT_MS + 5000))
    await agent.step(BOOT_MS + 5000)
    expect(eventTypes(controller).slice(1)).toEqual(['agent.system.clock_skew', 'agent.system.clock_skew_recovered'])
  })

  test('a controller that never answers holds up the ticks, not the capture', async () => {
    const controller = fakeController()
    const never = new Promise<Response>(() => undefined)
    let hangs = false
    const { agent } = given({
      fetch: (request) => (hangs && request.url.includes('/nodes/') ? never : controller.fetch(request)),
    })
    controller.offer(aJob('job_1', { durationSeconds: 8 }))
    await advance(agent, BOOT_MS, BOOT_MS + 4000)
    hangs = true
    void agent.step(BOOT_MS + 5000)
    await agent.step(BOOT_MS + 6000)
    await agent.step(BOOT_MS + 8000)
    expect(agent.jobs()[0]?.status).toBe('completed')
    expect(agent.dueAtMs()).toBe(Number.POSITIVE_INFINITY)
  })
})

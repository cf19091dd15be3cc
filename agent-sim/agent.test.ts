import { describe, expect, test } from 'bun:test'
import { type AgentOptions, advance, agentOf } from './agent.ts'
import { aJob, type FakeController, fakeController, NODE_ID, TOKEN } from './fake-controller.ts'
import { roomOf } from './room.ts'
import { speechLike } from './speech.ts'
import { readWav } from './wav.ts'
import type { Job } from './wire.ts'

const room = roomOf(speechLike({ seed: 1, durationSeconds: 5 }), 0)
const BOOT_MS = 100_000

const TICK = [
  'POST heartbeat',
  'POST meter-frame',
  'POST listen/chunk',
  'GET config',
  'POST recording-jobs/claim-next-group',
]
const POLL = ['POST job/heartbeat', 'GET job']

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

describe('a job', () => {
  test('is captured beside the ticks and delivered to the byte', async () => {
    const { controller, agent } = given()
    controller.offer(aJob('job_1', { durationSeconds: 4 }))
    await advance(agent, BOOT_MS, BOOT_MS + 4000)

    const put = 'PUT cache-file'
    expect(controller.calls().slice(7)).toEqual(['GET channel-map-assignments', ...POLL, put])
    const upload = controller.received.at(-1)
    expect(upload?.path).toBe('/recordings/rec_of_job_1/cache-file')
    expect(Object.fromEntries(upload?.headers ?? [])).toMatchObject({
      'content-type': 'audio/wav',
      'content-length': String(44 + 4 * 48_000 * 2 * 2),
      'x-rakkr-duration-seconds': '4',
      'x-rakkr-file-name': 'rec_of_job_1.wav',
      'x-rakkr-recording-job-id': 'job_1',
    })
    expect(readWav(upload?.bytes ?? new Uint8Array())).toEqual({
      sampleRateHz: 48_000,
      channelCount: 2,
      samples: room.samples(BOOT_MS, BOOT_MS + 4000),
    })
    expect(agent.jobs()).toEqual([{ jobId: 'job_1', recordingId: 'rec_of_job_1', status: 'completed' }])
    expect(controller.problems).toEqual([])
  })

  test('with a map in its command is not asked about maps, and holds what the map says', async () => {
    const channelMap = {
      assignmentId: 'a',
      channelMode: 'mono',
      sourceChannels: 2,
      targetId: 't',
      targetType: 'interface',
      templateId: 't',
      templateName: 'T',
      entries: [{ included: true, label: 'Lectern', sourceChannelIndex: 2 }],
    } as const
    const { controller, agent } = given()
    controller.offer(aJob('job_1', { channelMap: { ...channelMap, entries: [...channelMap.entries] } }))
    await advance(agent, BOOT_MS, BOOT_MS + 4000)
    expect(count(controller, 'GET channel-map-assignments')).toBe(0)
    const second = room.samples(BOOT_MS, BOOT_MS + 4000).filter((_, at) => at % 2 === 1)
    expect(readWav(lastUpload(controller)).samples).toEqual(second)
  })

  test('without a map takes the one assigned to its interface, before the one of its node', async () => {
    const { controller, agent } = given()
    controller.overrides.set('GET channel-map-assignments', () =>
      Response.json({
        data: [aBundle('node', NODE_ID, 1), aBundle('interface', 'itf_1', 2), aBundle('node', 'other', 1)],
      }),
    )
    controller.offer(aJob('job_1', { captureInterfaceId: 'itf_1' }))
    await advance(agent, BOOT_MS, BOOT_MS + 4000)
    const second = room.samples(BOOT_MS, BOOT_MS + 4000).filter((_, at) => at % 2 === 1)
    expect(readWav(lastUpload(controller)).samples).toEqual(second)
  })

  test('is captured without a map when the maps cannot be had, and that is told', async () => {
    const { controller, agent } = given()
    controller.overrides.set('GET channel-map-assignments', notFound)
    controller.offer(aJob('job_1'))
    await advance(agent, BOOT_MS, BOOT_MS + 4000)
    expect(eventTypes(controller)).toContain('agent.recording_job.channel_map_lookup_failed')
    expect(agent.jobs()[0]?.status).toBe('completed')
  })

  test('of a group: signs of life for all, the primary last; files for all, the primary first', async () => {
    const { controller, agent } = given()
    controller.offer(aJob('job_1'), aJob('job_2', { chunkSeconds: 1 }))
    await advance(agent, BOOT_MS, BOOT_MS + 4000)
    expect(controller.received.slice(-5).map(({ path }) => path)).toEqual([
      '/recording-jobs/job_2/heartbeat',
      '/recording-jobs/job_1/heartbeat',
      '/recording-jobs/job_1',
      '/recordings/rec_of_job_1/cache-file',
      '/recordings/rec_of_job_2/cache-file',
    ])
    expect(agent.jobs().map(({ status }) => status)).toEqual(['completed', 'completed'])
  })

  test('frees its slot for the next one', async () => {
    const { controller, agent } = given()
    controller.offer(aJob('job_1', { durationSeconds: 7 }))
    controller.offer(aJob('job_2'))
    await advance(agent, BOOT_MS, BOOT_MS + 20_000)
    expect(agent.jobs().map(({ jobId, status }) => [jobId, status])).toEqual([
      ['job_1', 'completed'],
      ['job_2', 'completed'],
    ])
  })

  for (const status of ['stop_requested', 'cancelled']) {
    test(`that is ${status} is thrown away, and said to be cancelled`, async () => {
      const { controller, agent } = given()
      controller.offer(aJob('job_1', { durationSeconds: 60 }))
      await advance(agent, BOOT_MS, BOOT_MS + 2000)
      controller.setStatus('job_1', status)
      await advance(agent, BOOT_MS + 2001, BOOT_MS + 70_000)

      const ending = controller.received.find(({ call }) => call === 'POST job/cancelled')
      expect(ending?.path).toBe('/recording-jobs/job_1/cancelled')
      expect(ending?.headers.get('x-rakkr-reason')).toBe('controller_stop_requested')
      expect(ending?.bytes.length).toBe(0)
      expect(controller.calls().some((call) => call.startsWith('PUT'))).toBe(false)
      expect(count(controller, 'POST job/heartbeat')).toBe(2)
      expect(agent.jobs()[0]?.status).toBe('cancelled')
    })
  }

  for (const status of ['failed', 'completed']) {
    test(`that the controller has ${status} is forgotten without a word`, async () => {
      const { controller, agent } = given()
      controller.offer(aJob('job_1', { durationSeconds: 60 }))
      await advance(agent, BOOT_MS, BOOT_MS + 2000)
      controller.setStatus('job_1', status)
      await advance(agent, BOOT_MS + 2001, BOOT_MS + 70_000)
      expect(controller.calls().some((call) => /^PUT|cancelled|failed/.test(call))).toBe(false)
      expect(agent.jobs()[0]?.status).toBe('forgotten')
    })
  }

  test('goes on through an outage of the controller, and is delivered after it', async () => {
    const { controller, agent } = given()
    controller.offer(aJob('job_1', { durationSeconds: 30 }))
    await advance(agent, BOOT_MS, BOOT_MS + 3000)
    controller.overrides.set('*', () => {
      throw new Error('connection refused')
    })
    await advance(agent, BOOT_MS + 3001, BOOT_MS + 20_000)
    controller.overrides.clear()
    controller.received.length = 0
    await advance(agent, BOOT_MS + 20_001, BOOT_MS + 30_000)
    expect(eventTypes(controller)).toContain('agent.recording_job.control_plane_recovered')
    expect(readWav(lastUpload(controller)).samples).toEqual(room.samples(BOOT_MS, BOOT_MS + 30_000))
    expect(agent.jobs()[0]?.status).toBe('completed')
  })

  test('whose signs of life are refused is still read, and the refusal told once', async () => {
    const { controller, agent } = given()
    controller.offer(aJob('job_1', { durationSeconds: 9 }))
    controller.overrides.set('POST job/heartbeat', () => new Response('{}', { status: 503 }))
    await advance(agent, BOOT_MS, BOOT_MS + 8000)
    expect(count(controller, 'GET job')).toBe(4)
    expect(eventTypes(controller)).toEqual(['agent.started', 'agent.recording_job.control_plane_failed'])
    expect(controller.received.findLast(({ call }) => call === 'POST health-events')?.json).toMatchObject({
      recordingId: 'rec_of_job_1',
      details: { jobId: 'job_1', error: '503' },
    })
  })

  test('whose file is refused stays pending, and is not sent again', async () => {
    const { controller, agent } = given()
    controller.offer(aJob('job_1'))
    controller.overrides.set('PUT cache-file', () => Response.json({ error: 'no' }, { status: 409 }))
    await advance(agent, BOOT_MS, BOOT_MS + 30_000)
    expect(count(controller, 'PUT cache-file')).toBe(1)
    expect(eventTypes(controller)).toContain('agent.recording_job.cache_upload_failed')
    expect(agent.jobs()[0]?.status).toBe('upload_pending')
  })

  for (const codec of ['mp3', 'flac'] as const) {
    test(`that wants ${codec} is refused by name before anything is captured`, async () => {
      const { controller, agent } = given()
      controller.offer(aJob('job_1', { outputCodec: codec, outputFileName: `rec_1.${codec}` }))
      await advance(agent, BOOT_MS, BOOT_MS + 6000)
      const refusal = controller.received.find(({ call }) => call === 'POST job/failed')
      expect(refusal?.headers.get('x-rakkr-reason')).toBe(`unsupported_codec_${codec}`)
      expect(controller.calls().some((call) => /^PUT|job\/heartbeat/.test(call))).toBe(false)
      expect(agent.jobs()[0]?.status).toBe('failed')
    })
  }

  test('that wants enhancement is delivered as it was heard, and the lack told', async () => {
    const { controller, agent } = given()
    controller.offer(aJob('job_1', { enhancement }))
    await advance(agent, BOOT_MS, BOOT_MS + 4000)
    expect(eventTypes(controller)).toContain('agent.recording_job.enhancement_failed')
    expect(count(controller, 'PUT cache-file')).toBe(1)
  })
})

describe('a job in chunks', () => {
  const inChunks = (more: Partial<Job['command']> = {}) =>
    aJob('job_1', { durationSeconds: 7, chunkSeconds: 3, ...more })

  test('delivers each when it closes; the last says how many there were, and together they are the whole', async () => {
    const { controller, agent } = given()
    controller.offer(inChunks())
    await advance(agent, BOOT_MS, BOOT_MS + 7000)
    const puts = uploads(controller)
    expect(puts.map(({ call }) => call)).toEqual([
      'PUT cache-file?chunk=0',
      'PUT cache-file?chunk=1',
      'PUT cache-file?chunk=2&chunkTotal=3',
    ])
    expect(puts.map(({ headers }) => headers.get('x-rakkr-file-name'))).toEqual(
      [0, 1, 2].map((index) => `rec_of_job_1.chunk-000${index}.wav`),
    )
    expect(puts.map(({ headers }) => headers.get('x-rakkr-duration-seconds'))).toEqual(['3', '3', '1'])
    const heard = puts.flatMap(({ bytes }) => [...readWav(bytes).samples])
    expect(heard).toEqual([...room.samples(BOOT_MS, BOOT_MS + 7000)])
    expect(count(controller, 'POST job/heartbeat')).toBe(3)
    expect(agent.jobs()[0]?.status).toBe('completed')
    expect(controller.problems).toEqual([])
  })

  test('tries each three times, and again with the next', async () => {
    const { controller, agent } = given()
    controller.offer(inChunks())
    let refusals = 3
    controller.overrides.set('PUT cache-file?chunk=0', () => new Response('{}', { status: refusals-- > 0 ? 503 : 201 }))
    await advance(agent, BOOT_MS, BOOT_MS + 7000)
    expect(uploads(controller).map(({ call }) => call.slice('PUT cache-file?'.length))).toEqual([
      'chunk=0',
      'chunk=0',
      'chunk=0',
      'chunk=0',
      'chunk=1',
      'chunk=2&chunkTotal=3',
    ])
    expect(agent.jobs()[0]?.status).toBe('completed')
  })

  test('is given up aloud when the last one cannot be delivered', async () => {
    const { controller, agent } = given()
    controller.offer(inChunks())
    controller.overrides.set('PUT cache-file?chunk=2&chunkTotal=3', () => new Response('{}', { status: 503 }))
    await advance(agent, BOOT_MS, BOOT_MS + 7000)
    const ending = controller.received.find(({ call }) => call === 'POST job/failed')
    expect(ending?.headers.get('x-rakkr-reason')).toBe('final_chunk_total_undelivered')
    expect(agent.jobs()[0]?.status).toBe('failed')
  })

  test('drops the open one when it is stopped', async () => {
    const { controller, agent } = given()
    controller.offer(inChunks())
    await advance(agent, BOOT_MS, BOOT_MS + 3500)
    controller.setStatus('job_1', 'stop_requested')
    await advance(agent, BOOT_MS + 3501, BOOT_MS + 10_000)
    expect(uploads(controller).map(({ call }) => call)).toEqual(['PUT cache-file?chunk=0'])
    expect(count(controller, 'POST job/cancelled')).toBe(1)
  })

  test('delivers the rest when the controller ended it', async () => {
    const { controller, agent } = given()
    controller.offer(inChunks({ durationSeconds: 60 }))
    await advance(agent, BOOT_MS, BOOT_MS + 3500)
    controller.setStatus('job_1', 'failed')
    await advance(agent, BOOT_MS + 3501, BOOT_MS + 10_000)
    expect(uploads(controller).map(({ call }) => call)).toEqual([
      'PUT cache-file?chunk=0',
      'PUT cache-file?chunk=1&chunkTotal=2',
    ])
    expect(agent.jobs()[0]?.status).toBe('forgotten')
  })

  test('is one file after all when the device is of JACK', async () => {
    const { controller, agent } = given()
    controller.offer(inChunks({ captureBackend: 'jack' }))
    await advance(agent, BOOT_MS, BOOT_MS + 7000)
    expect(uploads(controller).map(({ call }) => call)).toEqual(['PUT cache-file'])
  })
})

const enhancement = {
  keepRaw: true,
  denoise: { enabled: true, engine: 'deepfilternet3' },
  highpass: { enabled: true, hz: 80 },
  lowpass: { enabled: false, hz: 12_000 },
  deesser: { enabled: false, intensity: 0.1 },
  compressor: { enabled: false },
  loudnorm: { enabled: true, targetI: -16, truePeak: -1.5, lra: 11 },
  gate: { enabled: false, thresholdDb: -40 },
}

function aBundle(targetType: 'node' | 'interface', targetId: string, sourceChannelIndex: number) {
  const id = `${targetType}-${targetId}`
  return {
    assignment: { assignedAt: '2026-01-01T00:00:00Z', id, targetId, targetType, templateId: id },
    template: {
      id,
      name: id,
      channelMode: 'mono',
      entries: [{ included: true, label: 'x', sourceChannelIndex }],
      tags: [],
    },
  }
}

const notFound = () => Response.json({ error: 'Not found' }, { status: 404 })

function given(more: Partial<AgentOptions> = {}) {
  const controller = fakeController()
  const options = { fetch: controller.fetch, url: 'http://localhost/', nodeId: NODE_ID, token: TOKEN, room }
  return { controller, agent: agentOf({ ...options, ...more }) }
}

function count(controller: FakeController, call: string): number {
  return controller.calls().filter((one) => one === call).length
}

function eventTypes(controller: FakeController): readonly unknown[] {
  const events = controller.received.filter(({ call }) => call === 'POST health-events')
  return events.map(({ json }) => (json as { readonly type?: unknown }).type)
}

function uploads(controller: FakeController) {
  return controller.received.filter(({ call }) => call.startsWith('PUT'))
}

function lastUpload(controller: FakeController): Uint8Array {
  return uploads(controller).at(-1)?.bytes ?? new Uint8Array()
}

import { describe, expect, test } from 'bun:test'
import { advance } from '../agent.ts'
import { readWav } from '../sound/wav.ts'
import { BOOT_MS, count, eventTypes, given, lastUpload, notFound, room } from '../testing-agent.ts'
import { aJob, NODE_ID } from '../testing-controller.ts'

const POLL = ['POST job/heartbeat', 'GET job']

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

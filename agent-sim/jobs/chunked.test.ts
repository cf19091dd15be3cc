import { describe, expect, test } from 'bun:test'
import { advance } from '../agent.ts'
import { readWav } from '../sound/wav.ts'
import { BOOT_MS, count, given, room, uploads } from '../testing-agent.ts'
import { aJob, fakeController } from '../testing-controller.ts'
import type { Job } from '../wire/answers.ts'

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

  test('is held by signs of life while a chunk is on its way, and a stop waits for what has closed', async () => {
    const controller = fakeController()
    const arriving = Promise.withResolvers<void>()
    const { agent } = given({
      fetch: async (request) => {
        if (request.method === 'PUT') await arriving.promise
        return controller.fetch(request)
      },
    })
    controller.offer(inChunks({ durationSeconds: 60 }))
    await advance(agent, BOOT_MS, BOOT_MS + 2000)
    const sending = agent.step(BOOT_MS + 3000)
    for (const second of [4, 6, 8]) await agent.step(BOOT_MS + second * 1000)
    expect(count(controller, 'POST job/heartbeat')).toBe(4)
    controller.setStatus('job_1', 'stop_requested')
    const stopping = agent.step(BOOT_MS + 10_000)
    while (count(controller, 'GET job') < 5) await Bun.sleep(1)
    arriving.resolve()
    await Promise.all([sending, stopping])
    expect(controller.calls().filter((call) => /^PUT|cancelled/.test(call))).toEqual([
      'PUT cache-file?chunk=0',
      'PUT cache-file?chunk=1',
      'PUT cache-file?chunk=2',
      'POST job/cancelled',
    ])
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

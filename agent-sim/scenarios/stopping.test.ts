import { afterEach, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { openMemory } from '../../adapters/storage/memory/open.ts'
import { TestRoom } from '../../hosts/door/testing-room.ts'
import { type Agent, agentOf } from '../agent.ts'
import { encodersOf } from '../jobs/encoder.ts'
import { heard, secondsOf, testWith } from '../jobs/testing-encoders.ts'
import type { OnStop } from '../jobs/worker.ts'
import { type Room, roomOf } from '../sound/room.ts'
import { speechLike } from '../sound/speech.ts'
import { readWav } from '../sound/wav.ts'

setDefaultTimeout(30_000)

const SETTINGS = {
  leaseMs: 30_000,
  offlineAfterSeconds: 120,
  captureSeconds: 60,
  adhocChunkSeconds: 0,
  uploadBytesMax: 20_000_000,
}

/** What a stop makes of a capture that is under way, with the controller itself on the other side. */
describe('told to stop', () => {
  let room: TestRoom
  afterEach(() => room.close())

  async function capturing(onStop: OnStop, order: object, adhocChunkSeconds = 0) {
    room = await TestRoom.open(openMemory, { settings: { ...SETTINGS, adhocChunkSeconds } })
    const owner = await room.signIn()
    const { nodeId, token } = await room.enrol(owner)
    const bootMs = room.clock.at
    const sound = roomOf(speechLike({ seed: 1, durationSeconds: 5 }), bootMs)
    const encoders = encodersOf(new AbortController().signal)
    const link = { fetch: room.fetch, url: 'http://localhost', nodeId, token }
    const agent = agentOf({ ...link, room: sound, heartbeatMs: 1000, jobPollMs: 500, onStop, encoders })
    const started = (await room.ask('POST', '/recordings', { token: owner, body: { nodeId, ...order } })).body
    const see = async (path: string) => (await room.ask('GET', path, { token: owner })).body.data
    return {
      sound,
      bootMs,
      until: (seconds: number) => liveUntil(agent, bootMs + seconds * 1000),
      stop: () => room.ask('POST', `/recordings/${started.data.id}/stop`, { token: owner }),
      job: () => see(`/recording-jobs/${started.job.id}`),
      chunks: () => see(`/recording-jobs/${started.job.id}/chunks`),
      recording: () => see(`/recordings/${started.data.id}`),
      async file() {
        const url = `http://localhost/api/v1/recordings/${started.data.id}/file`
        const answer = await room.fetch(new Request(url, { headers: { authorization: `Bearer ${owner}` } }))
        return { status: answer.status, bytes: new Uint8Array(await answer.arrayBuffer()) }
      },
    }
  }

  /** The node and the controller have one clock. */
  async function liveUntil(agent: Agent, toMs: number): Promise<void> {
    for (let nowMs = room.clock.at; nowMs <= toMs; nowMs = agent.dueAtMs()) {
      room.clock.at = Math.max(room.clock.at, nowMs)
      await agent.step(room.clock.at)
    }
    room.clock.at = toMs
  }

  const wav = { recordingProfileId: 'voice-wav' }
  const heardFrom = (sound: Room, bootMs: number, seconds: number) => sound.samples(bootMs, bootMs + seconds * 1000)

  test('a recorder throws its one file away', async () => {
    const { until, stop, job, recording, file } = await capturing('discard', wav)
    await until(7)
    expect((await stop()).status).toBe(200)
    await until(10)
    expect(await job()).toMatchObject({ status: 'cancelled', failureReason: 'controller_stop_requested' })
    expect(await recording()).toMatchObject({ cached: false })
    expect((await file()).status).toBe(409)
  })

  test('a node that uploads delivers what it has heard until then', async () => {
    const { sound, bootMs, until, stop, job, recording, file } = await capturing('upload', wav)
    await until(7.2)
    await stop()
    await until(10)
    expect(await job()).toMatchObject({ status: 'completed' })
    expect(await recording()).toMatchObject({ status: 'cached', cached: true, durationSeconds: 8 })
    expect(readWav((await file()).bytes).samples).toEqual(heardFrom(sound, bootMs, 7.5))
  })

  test('a recorder keeps the chunks that it has closed, and drops the open one', async () => {
    const { sound, bootMs, until, stop, job, chunks, file } = await capturing('discard', wav, 3)
    await until(7.2)
    await stop()
    await until(10)
    expect(await job()).toMatchObject({ status: 'cancelled' })
    expect(await chunks()).toHaveLength(2)
    expect(readWav((await file()).bytes).samples).toEqual(heardFrom(sound, bootMs, 6))
  })

  test.each([
    ['in the middle of a chunk', 7.2, 7.5, 3],
    ['where a chunk has just been closed', 5.8, 6, 2],
  ])('a node that uploads makes the open chunk the last: %s', async (_, stopsAt, heardSeconds, count) => {
    const { sound, bootMs, until, stop, job, chunks, recording, file } = await capturing('upload', wav, 3)
    await until(stopsAt)
    await stop()
    await until(10)
    expect(await job()).toMatchObject({ status: 'completed' })
    expect(await recording()).toMatchObject({ status: 'cached', cached: true })
    const listed: { total: number }[] = await chunks()
    expect(listed.map(({ total }) => total)).toEqual(Array(count).fill(count))
    expect(readWav((await file()).bytes).samples).toEqual(heardFrom(sound, bootMs, heardSeconds))
  })

  test('before anything was heard there is nothing to upload', async () => {
    const { until, stop, job } = await capturing('upload', wav)
    await stop()
    await until(3)
    expect((await job()).status).toBe('cancelled')
  })

  for (const [chunkSeconds, how] of [
    [0, 'in one'],
    [3, 'of chunks'],
  ] as const) {
    testWith(['ffmpeg'], `with the default profile it is an MP3 that plays, ${how}`, async () => {
      const { until, stop, job, recording, file } = await capturing('upload', {}, chunkSeconds)
      await until(7.2)
      await stop()
      await until(10)
      expect(await job()).toMatchObject({ status: 'completed', command: { outputCodec: 'mp3' } })
      expect(await recording()).toMatchObject({ status: 'cached', healthStatus: 'warning' })
      expect(Math.abs(secondsOf(await heard((await file()).bytes)) - 7.5)).toBeLessThan(0.2)
    })
  }
})

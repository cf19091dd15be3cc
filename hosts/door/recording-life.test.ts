import { afterEach, describe, expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import { TestRoom } from './testing-room.ts'
import { finished } from './testing-samples.ts'
import { everyStorage } from './testing-storages.ts'

for (const [name, storage] of everyStorage()) {
  describe(`a recording's life over ${name}`, () => {
    let room: TestRoom
    afterEach(() => room.close())

    async function captured() {
      room = await TestRoom.open(storage)
      return room.captured()
    }
    const bytes = (n: number, fill = 1) => new Uint8Array(n).fill(fill)

    test('the audio arrives: the job is completed, the recording is whole, and the same bytes again change nothing', async () => {
      const { put, job, recording, jobId, owner, recordingId } = await captured()
      const sent = bytes(5000)
      const headers = {
        'x-rakkr-recording-job-id': jobId,
        'x-rakkr-file-name': 'take.wav',
        'x-rakkr-duration-seconds': '7',
      }
      for (let i = 0; i < 2; i++) {
        const answer = await put(sent, headers)
        expect(answer.status).toBe(201)
        expect(answer.body.data.file).toMatchObject({
          cachePath: `ad-hoc/${recordingId}.wav`,
          checksum: `sha256:${createHash('sha256').update(sent).digest('hex')}`,
          mimeType: 'audio/wav',
          size: 5000,
        })
      }
      expect(await job()).toMatchObject({ status: 'completed' })
      expect(await recording()).toMatchObject({
        status: 'cached',
        cached: true,
        durationSeconds: 7,
        healthStatus: 'healthy',
      })
      const [attached] = (
        await room.ask('GET', `/audit-events?action=cache_file.attach.succeeded&limit=1&offset=1`, { token: owner })
      ).body.data
      expect([attached.before.status, attached.after.status, attached.actor.type]).toEqual([
        'recording',
        'cached',
        'node',
      ])
    })

    test('other bytes for the same path never spoil what was read before', async () => {
      const { put, read } = await captured()
      // An upload need not name its job.
      const unnamed = { 'x-rakkr-recording-job-id': '' }
      expect((await put(bytes(1000, 1), unnamed)).status).toBe(201)
      expect((await put(bytes(900, 2), unnamed)).status).toBe(201)
      expect(new Uint8Array((await read()).bytes)).toEqual(bytes(900, 2))
    })

    test('what cannot be taken is refused in the order of the contract, and leaves nothing', async () => {
      const { put, owner, recordingId, recording } = await captured()
      const other = await room.enrol(owner)
      const at = (path: string, token?: string, body = bytes(10)) => room.ask('PUT', path, { token, body })
      expect((await at(`/recordings/${recordingId}/cache-file`)).status).toBe(401)
      expect((await at('/recordings/rec_missing/cache-file', other.token)).status).toBe(404)
      expect((await at(`/recordings/${recordingId}/cache-file`, other.token)).status).toBe(403)
      expect((await put(bytes(10), { 'x-rakkr-recording-job-id': 'job_missing' })).status).toBe(404)
      expect((await put(bytes(1_000_001))).status).toBe(413)
      expect((await put(bytes(0))).status).toBe(400)
      expect((await put(bytes(10), { 'x-rakkr-duration-seconds': '-1' })).status).toBe(400)
      expect((await put(bytes(10), {}, '?chunk=-1')).status).toBe(400)
      expect(await recording()).toMatchObject({ status: 'recording', cached: false, healthStatus: 'critical' })
      expect(await room.trail(owner, 'action=cache_file.attach')).toEqual([
        'recordings.cache_file.attach.failed denied missing_node_token',
        'recordings.cache_file.attach.failed failed recording_not_found',
        'recordings.cache_file.attach.failed failed node_scope_denied',
        'recordings.cache_file.attach.failed failed recording_job_not_found',
        'recordings.cache_file.attach.failed failed file_too_large',
        'recordings.cache_file.attach.failed failed empty_file',
        'recordings.cache_file.attach.failed failed invalid_duration',
        'recordings.cache_file.attach.failed failed invalid_chunk_index',
      ])
    })

    test('a failed job is told of, and its audio comes too late; saying it again changes nothing', async () => {
      const { post, put, recording, job, owner } = await captured()
      expect((await post('failed', { 'x-rakkr-reason': 'ger\u00c3\u00a4t weg' })).body.data).toMatchObject({
        status: 'failed',
        failureReason: 'gerät weg',
      })
      expect((await post('failed')).body.data.failureReason).toBe('gerät weg')
      const late = await post('cancelled')
      expect([late.status, late.body.data.status]).toEqual([200, 'failed'])
      expect(await recording()).toMatchObject({ status: 'failed', healthStatus: 'critical' })
      expect((await post('heartbeat')).status).toBe(409)
      expect((await put(bytes(10))).status).toBe(409)
      expect(await job()).toMatchObject({ status: 'failed' })
      expect(
        (await room.trail(owner, 'action=recording_jobs.')).filter(
          (each) => !each.includes('claim') && !each.includes('.read'),
        ),
      ).toEqual([
        'recording_jobs.failed.succeeded succeeded',
        'recording_jobs.failed.succeeded succeeded',
        'recording_jobs.cancelled.failed failed job_already_terminal',
        'recording_jobs.heartbeat.failed failed job_not_heartbeatable',
      ])
    })

    test('a lease that runs out ends the job; audio that comes after all makes the recording whole again', async () => {
      const { post, put, recording, job } = await captured()
      room.clock.at += 20_000
      expect((await post('heartbeat')).status).toBe(200)
      room.clock.at += 29_000
      expect(await room.later(0)).toBe(0)
      expect(await room.later(2_000)).toBe(1)
      expect(await room.later(0)).toBe(0)
      expect(await job()).toMatchObject({ status: 'failed', failureReason: 'lease_expired' })
      expect(await recording()).toMatchObject({ status: 'failed', healthStatus: 'critical' })
      expect((await put(bytes(10))).status).toBe(201)
      expect(await job()).toMatchObject({ status: 'completed' })
      expect(await recording()).toMatchObject({ status: 'cached', healthStatus: 'healthy' })
    })

    test('the lease holds while bytes arrive, however slowly', async () => {
      const { job, recording, jobId, recordingId, token } = await captured()
      let pieces = 0
      const slow = new ReadableStream<Uint8Array>(
        {
          async pull(controller) {
            await room.later(25_000)
            expect((await job()).status).toBe('running')
            if (pieces++ === 6) controller.close()
            else controller.enqueue(bytes(100))
          },
        },
        { highWaterMark: 0 },
      )
      const headers = {
        authorization: `Bearer ${token}`,
        'content-type': 'audio/wav',
        'x-rakkr-recording-job-id': jobId,
      }
      const request = new Request(`http://localhost/api/v1/recordings/${recordingId}/cache-file`, {
        method: 'PUT',
        headers,
        body: slow,
        duplex: 'half',
      } as RequestInit)
      expect((await room.fetch(request)).status).toBe(201)
      expect(await job()).toMatchObject({ status: 'completed' })
      expect(await recording()).toMatchObject({ status: 'cached', healthStatus: 'healthy' })
    })

    test('a stop is told by the heartbeat, and takes nothing from what arrives all the same', async () => {
      const { post, put, stop, recording, job, token } = await captured()
      expect((await stop()).body.data).toMatchObject({ status: 'completed', durationSeconds: 1 })
      expect((await stop()).status).toBe(200)
      expect((await post('heartbeat')).body.data.status).toBe('stop_requested')
      expect((await room.ask('GET', `/recording-jobs/${(await job()).id}`, { token })).body.data.status).toBe(
        'stop_requested',
      )
      expect((await put(bytes(10))).status).toBe(201)
      expect(await recording()).toMatchObject({ status: 'cached' })
      expect(await job()).toMatchObject({ status: 'completed' })
    })

    test('a stop before anyone claimed is the end, and no cause for alarm', async () => {
      room = await TestRoom.open(storage)
      const owner = await room.signIn()
      const { nodeId, token } = await room.enrol(owner)
      const { data } = (await room.ask('POST', '/recordings', { token: owner, body: { nodeId } })).body
      await room.ask('POST', `/recordings/${data.id}/stop`, { token: owner })
      expect((await room.ask('POST', `/nodes/${nodeId}/recording-jobs/claim-next-group`, { token })).status).toBe(204)
      const { summary } = (await room.ask('GET', '/recording-jobs', { token: owner })).body
      expect(summary).toEqual({
        active: 0,
        cancelled: 1,
        completed: 0,
        failed: 0,
        queued: 0,
        running: 0,
        stopRequested: 0,
        total: 1,
      })
      expect((await room.ask('GET', `/recordings/${data.id}`, { token: owner })).body.data.healthStatus).toBe('unknown')
    })

    test('a range is exactly those bytes of the whole', async () => {
      room = await TestRoom.open(storage)
      const owner = await room.signIn()
      const sent = crypto.getRandomValues(new Uint8Array(4096))
      const id = await finished(room, owner, sent)
      const read = async (range?: string, more: Record<string, string> = {}, method = 'GET') => {
        const headers = { authorization: `Bearer ${owner}`, ...(range && { range }), ...more }
        const answer = await room.fetch(
          new Request(`http://localhost/api/v1/recordings/${id}/stream`, { method, headers }),
        )
        return { answer, body: new Uint8Array(await answer.arrayBuffer()) }
      }
      const whole = await read()
      expect(whole.body).toEqual(sent)
      const etag = whole.answer.headers.get('etag') ?? ''
      for (const [range, from, to] of [
        ['bytes=0-0', 0, 1],
        ['bytes=100-199', 100, 200],
        ['bytes=4000-', 4000, 4096],
        ['bytes=-10', 4086, 4096],
        ['bytes=4090-9999', 4090, 4096],
      ] as const) {
        const { answer, body } = await read(range)
        expect([answer.status, answer.headers.get('content-range')]).toEqual([206, `bytes ${from}-${to - 1}/4096`])
        expect(body).toEqual(sent.slice(from, to))
      }
      for (const range of ['bytes=1-2,5-6', 'bytes=9-1', 'lines=1-2', 'bytes=-', 'bytes=x-y'])
        expect((await read(range)).answer.status).toBe(200)
      for (const range of ['bytes=4096-', 'bytes=-0']) {
        const { answer } = await read(range)
        expect([answer.status, answer.headers.get('content-range')]).toEqual([416, 'bytes */4096'])
      }
      expect((await read('bytes=0-1', { 'if-range': etag })).answer.status).toBe(206)
      expect((await read('bytes=0-1', { 'if-range': '"other"' })).answer.status).toBe(200)
      expect((await read(undefined, { 'if-none-match': etag })).answer.status).toBe(304)
      const head = await read(undefined, {}, 'HEAD')
      expect([head.answer.status, head.answer.headers.get('content-length'), head.body.length]).toEqual([
        200,
        '4096',
        0,
      ])
    })
  })
}

import { afterEach, describe, expect, test } from 'bun:test'
import { writeWav } from '../../agent-sim/sound/wav.ts'
import { TestRoom } from './testing-room.ts'
import { everyStorage } from './testing-storages.ts'

const seconds = (level: number) =>
  writeWav({ sampleRateHz: 8000, channelCount: 1, samples: new Int16Array(16_000).fill(level) })

describe.each(everyStorage())('a capture that is ordered again, on %s', (_, storage) => {
  let room: TestRoom
  afterEach(() => room.close())

  const given = async () => {
    room = await TestRoom.open(storage)
    const captured = await room.captured()
    const { owner, nodeId, token, jobId } = captured
    const retry = (id: string = jobId) => room.ask('POST', `/recording-jobs/${id}/retry`, { token: owner })
    const claim = () => room.ask('POST', `/nodes/${nodeId}/recording-jobs/claim-next-group`, { token })
    return { ...captured, retry, claim }
  }

  test('is a new job with the same command; the recording is as it was at first, under its name', async () => {
    const { put, post, retry, claim, recording, job, read, see, recordingId, owner, jobId } = await given()
    await put(seconds(1), {}, '?chunk=0')
    await put(seconds(2), {}, '?chunk=1')
    await post('failed')
    const before = await recording()
    expect(before).toMatchObject({ status: 'partial', cached: true, durationSeconds: 4 })
    const failed = await job()

    const answer = await retry()
    expect(answer.status).toBe(201)
    const again = answer.body.data
    expect(again).toMatchObject({ status: 'queued', recordingId, nodeId: failed.nodeId })
    const { captureGroupId: _, ...command } = failed.command
    expect(again.command).toMatchObject(command)
    expect(await job()).toEqual(failed)
    const { waveformPreview: __, ...kept } = before
    expect(await recording()).toEqual({
      ...kept,
      status: 'recording',
      cached: false,
      durationSeconds: 0,
      healthStatus: 'unknown',
      recordedAt: again.createdAt,
    })
    expect(await see(`/recording-jobs/${jobId}/chunks`)).toEqual([])

    expect((await claim()).body.data.map(({ id }: { id: string }) => id)).toEqual([again.id])
    const headers = { 'x-rakkr-recording-job-id': again.id }
    expect((await put(seconds(3), headers, '?chunk=0&chunkTotal=1')).status).toBe(201)
    expect(await recording()).toMatchObject({ status: 'cached', durationSeconds: 2 })
    expect((await read()).bytes.subarray(44).readInt16LE(0)).toBe(3)
    expect((await room.trail(owner, 'action=recording_jobs.retry')).at(-1)).toBe(
      'recording_jobs.retry.succeeded succeeded',
    )
  })

  test('takes no audio any more of the job that the clock had ended', async () => {
    const { put, retry, recording } = await given()
    await room.later(31_000)
    expect((await retry()).status).toBe(201)
    expect((await put(seconds(1))).body.error).toBe('Recording job not completable')
    expect(await recording()).toMatchObject({ status: 'recording', cached: false })
  })

  test('is refused once a later one has brought its audio, which nothing throws away', async () => {
    const { put, post, retry, claim, recording, see, jobId, recordingId } = await given()
    await post('failed')
    expect(await recording()).toMatchObject({ status: 'failed', healthStatus: 'critical' })
    const again = (await retry()).body.data
    await claim()
    await put(seconds(1), { 'x-rakkr-recording-job-id': again.id })
    // That the first came to nothing is no longer what is wrong.
    const done = await recording()
    expect(done).toMatchObject({ status: 'cached', healthStatus: 'healthy' })
    expect((await retry()).body.reason).toBe('job_not_retryable')
    expect((await see(`/recording-jobs/${jobId}/actions`)).actions.retry).toMatchObject({
      enabled: false,
      reason: 'recording_job_not_retryable',
    })
    expect(await recording()).toEqual(done)
    expect((await see(`/audit-events?target=${recordingId}&action=recording_jobs.retry.failed`))[0].details.jobId).toBe(
      jobId,
    )
  })

  test('takes late audio neither of the one before, nor for the one that nobody has begun, when no job is named', async () => {
    const { put, retry, recording, see } = await given()
    await room.later(31_000)
    const again = (await retry()).body.data
    const { status } = await put(seconds(1), { 'x-rakkr-recording-job-id': '' })
    expect(status).toBe(409)
    expect(await recording()).toMatchObject({ status: 'recording', cached: false })
    expect((await see(`/recording-jobs/${again.id}`)).status).toBe('queued')
  })

  test('is refused while there is one at work, by its reason, and changes nothing', async () => {
    const { post, retry, jobId, recording } = await given()
    const refused = { error: 'Recording job cannot be retried' }
    expect((await retry()).body).toMatchObject({ ...refused, reason: 'job_not_retryable' })
    await post('failed')
    const outcomes = await Promise.all([retry(), retry(), retry()])
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual([201, 409, 409])
    expect((await retry()).body).toMatchObject({ ...refused, reason: 'active_job_exists' })
    expect((await retry('job_none')).status).toBe(404)
    const actions = await room.ask('GET', `/recording-jobs/${jobId}/actions`, { token: await room.signIn() })
    expect(actions.body.data.actions.retry).toMatchObject({ enabled: false, reason: 'active_job_exists' })
    expect(actions.body.data.retryConflict.status).toBe('queued')
    expect((await recording()).status).toBe('recording')
  })

  test('is let in like any other: not where its channels have been given to another', async () => {
    const { post, retry, nodeId, owner } = await given()
    await post('failed')
    await room.ask('POST', '/recordings', { token: owner, body: { nodeId, recordingProfileId: 'voice-wav' } })
    expect((await retry()).body).toMatchObject({ reason: 'capture_channels_busy' })
  })

  test('together with others: all of them or none', async () => {
    const one = await given()
    const other = await room.captured()
    const { owner } = one
    const retryAll = (jobIds: readonly string[]) =>
      room.ask('POST', '/recording-jobs/bulk-retry', { token: owner, body: { jobIds } })
    await one.post('failed')
    expect((await retryAll([one.jobId, other.jobId])).body.reason).toBe('job_not_retryable')
    expect((await one.recording()).status).toBe('failed')
    await other.post('cancelled')
    const answer = await retryAll([one.jobId, other.jobId])
    expect([answer.status, answer.body.meta]).toEqual([201, { retriedCount: 2 }])
    expect(answer.body.data.map(({ recordingId }: Record<string, string>) => recordingId)).toEqual([
      one.recordingId,
      other.recordingId,
    ])
    const again = answer.body.data[0].id
    await room.ask('POST', `/recording-jobs/${again}/failed`, { token: one.token })
    expect((await retryAll([one.jobId, again])).body.reason).toBe('duplicate_recording_selection')
    expect((await retryAll([again, 'job_none'])).status).toBe(404)
  })
})

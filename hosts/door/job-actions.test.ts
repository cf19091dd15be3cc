import { afterEach, describe, expect, test } from 'bun:test'
import { TestRoom } from './testing-room.ts'
import { everyStorage } from './testing-storages.ts'

describe.each(everyStorage())('what operators do to jobs, on %s', (_, storage) => {
  let room: TestRoom
  afterEach(() => room.close())

  /** A node with a job, claimed or not. */
  const ordered = async (owner: string, claimed: boolean) => {
    const { nodeId, token } = await room.enrol(owner)
    const body = { nodeId, recordingProfileId: 'voice-wav' }
    const { data, job } = (await room.ask('POST', '/recordings', { token: owner, body })).body
    if (claimed) await room.ask('POST', `/nodes/${nodeId}/recording-jobs/claim-next-group`, { token })
    return { nodeId, token, recordingId: data.id as string, jobId: job.id as string }
  }
  const open = async () => {
    room = await TestRoom.open(storage)
    const owner = await room.signIn()
    const [claimed, waiting] = [await ordered(owner, true), await ordered(owner, false)]
    const see = async (path: string) => (await room.ask('GET', path, { token: owner })).body.data
    const statusOf = async ({ jobId }: { readonly jobId: string }) => (await see(`/recording-jobs/${jobId}`)).status
    const stop = (jobIds: readonly string[], token = owner) =>
      room.ask('POST', '/recording-jobs/bulk-stop', { token, body: { jobIds } })
    return { owner, claimed, waiting, see, statusOf, stop }
  }

  test('stopped together: what is captured is told to stop, what waits is over, and each is named once', async () => {
    const { owner, claimed, waiting, see, stop } = await open()
    const answer = await stop([waiting.jobId, claimed.jobId, waiting.jobId])
    expect(answer.status).toBe(200)
    expect(answer.body.meta).toEqual({ stoppedCount: 2 })
    expect(answer.body.data.map(({ id, status }: Record<string, string>) => `${id} ${status}`)).toEqual([
      `${waiting.jobId} cancelled`,
      `${claimed.jobId} stop_requested`,
    ])
    for (const { recordingId } of [claimed, waiting]) {
      expect(await see(`/recordings/${recordingId}`)).toMatchObject({ status: 'completed', healthStatus: 'unknown' })
    }
    const [entry] = await see('/audit-events?action=recording_jobs.bulk_stop.succeeded')
    expect(entry.before.map(({ status }: Record<string, string>) => status)).toEqual(['queued', 'running'])
    expect(entry.after.map(({ status }: Record<string, string>) => status)).toEqual(['cancelled', 'stop_requested'])
    expect(await room.trail(owner, 'action=recording_jobs.bulk_stop')).toEqual([
      'recording_jobs.bulk_stop allowed',
      'recording_jobs.bulk_stop.succeeded succeeded',
    ])
  })

  test('all or none: one that is over, or not to be seen, and nothing is stopped', async () => {
    const { owner, claimed, waiting, statusOf, stop } = await open()
    const over = await ordered(owner, true)
    await room.ask('POST', `/recording-jobs/${over.jobId}/failed`, { token: over.token })
    expect((await stop([claimed.jobId, over.jobId])).status).toBe(409)
    expect((await stop([claimed.jobId, 'job_none'])).status).toBe(404)
    const operator = await room.user(['operator'], [{ resourceType: 'node', resourceId: claimed.nodeId }])
    expect((await stop([claimed.jobId, waiting.jobId], operator.token)).status).toBe(404)
    expect((await stop([], owner)).status).toBe(400)
    expect([await statusOf(claimed), await statusOf(waiting)]).toEqual(['running', 'queued'])
    expect(
      (await room.trail(owner, 'action=recording_jobs.bulk_stop')).filter((each) => each.includes('.failed')),
    ).toEqual([
      'recording_jobs.bulk_stop.failed failed recording_job_not_stoppable',
      'recording_jobs.bulk_stop.failed denied recording_job_not_visible',
      'recording_jobs.bulk_stop.failed denied recording_job_not_visible',
      'recording_jobs.bulk_stop.failed failed invalid_request',
    ])
    expect((await stop([claimed.jobId], operator.token)).status).toBe(200)
  })

  test('exported: every job that the caller may see, or those that were chosen, in their order', async () => {
    const { owner, claimed, waiting } = await open()
    const lines = (csv: string) => csv.split('\n').map((line) => line.match(/"[^"]*"|[^,]+|(?<=,|^)(?=,|$)/g) ?? [])
    const all = await room.ask('GET', '/recording-jobs/export', { token: owner })
    expect(all.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    const [columns = [], ...rows] = lines(all.body)
    expect(columns.join()).toBe(
      'id,recordingId,nodeId,status,claimedBy,createdAt,startedAt,lastHeartbeatAt,leaseExpiresAt,stopRequestedAt,completedAt,' +
        'failureReason,captureBackend,captureDevice,captureInterfaceId,captureFormat,captureSampleRate,captureChannels,' +
        'durationSeconds,outputCodec,outputBitrateKbps,outputVbr,outputFileName',
    )
    expect(rows.map(([id]) => id).toSorted()).toEqual([claimed.jobId, waiting.jobId].toSorted())
    const row = rows.find(([id]) => id === claimed.jobId) ?? []
    const cells = Object.fromEntries(columns.map((name, i) => [name, row[i]]))
    expect(cells).toMatchObject({
      status: 'running',
      captureDevice: '"hw:1,0"',
      claimedBy: claimed.nodeId,
      outputCodec: 'wav',
      outputVbr: 'false',
    })

    const chosen = (jobIds: readonly string[], token = owner) =>
      room.ask('POST', '/recording-jobs/export', { token, body: { jobIds } })
    const picked = lines((await chosen([waiting.jobId, claimed.jobId])).body)
    expect(picked.slice(1).map(([id]) => id)).toEqual([waiting.jobId, claimed.jobId])

    const viewer = await room.user(['viewer'], [{ resourceType: 'node', resourceId: claimed.nodeId }])
    const seen = lines((await room.ask('GET', '/recording-jobs/export', { token: viewer.token })).body)
    expect(seen.slice(1).map(([id]) => id)).toEqual([claimed.jobId])
    expect((await chosen([claimed.jobId, waiting.jobId], viewer.token)).status).toBe(404)
    const filtered = await room.ask('GET', '/recording-jobs/export?status=queued', { token: owner })
    expect(
      lines(filtered.body)
        .slice(1)
        .map(([id]) => id),
    ).toEqual([waiting.jobId])
    expect((await room.ask('GET', '/recording-jobs/export?status=odd', { token: owner })).status).toBe(400)
  })

  test('what is offered is what would be let through, with the reason where it would not', async () => {
    const { owner, claimed } = await open()
    const offered = async (token = owner) => {
      const answer = await room.ask('GET', `/recording-jobs/${claimed.jobId}/actions`, { token })
      return { ...answer.body.data, status: answer.status }
    }
    const running = await offered()
    expect(running.actions.stop).toMatchObject({ enabled: true, payload: { jobIds: [claimed.jobId] } })
    expect(running.actions.retry).toMatchObject({ enabled: false, reason: 'recording_job_not_retryable' })
    expect(running.recording.id).toBe(claimed.recordingId)
    const viewer = await room.user(['viewer'], [{ resourceType: '*', resourceId: '*' }])
    expect((await offered(viewer.token)).actions.stop).toMatchObject({ enabled: false, reason: 'missing_permission' })

    await room.ask('POST', `/recording-jobs/${claimed.jobId}/failed`, { token: claimed.token })
    const failed = await offered()
    expect(failed.actions.stop).toMatchObject({ enabled: false, reason: 'recording_job_not_stoppable' })
    expect(failed.actions.retry.enabled).toBe(true)
    expect((await room.ask('GET', '/recording-jobs/job_none/actions', { token: owner })).status).toBe(404)
  })
})

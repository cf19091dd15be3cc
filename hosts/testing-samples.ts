import type { Asking, TestRoom } from './testing-room.ts'
import { OWNER } from './testing-room.ts'

/** A request that its route would grant, as `METHOD /path/of/:` is named. */
export interface Sample extends Asking {
  readonly path: string
  /** Nothing durable is behind it once its window is open. */
  readonly folds?: 'telemetry'
}

/** A small world in which every route has something to do, and a request for each. */
export async function samplesIn(room: TestRoom): Promise<ReadonlyMap<string, Sample>> {
  const owner = await room.signIn()
  const spare = await room.signIn()
  const { nodeId, token: node } = await room.enrol(owner)
  const idle = await room.enrol(owner)
  const waiting = await room.enrol(owner)
  const order = async (of: string) =>
    (await room.ask('POST', '/recordings', { token: owner, body: { nodeId: of, recordingProfileId: 'voice-wav' } }))
      .body
  const running = await order(nodeId)
  await room.ask('POST', `/nodes/${nodeId}/recording-jobs/claim-next-group`, { token: node })
  await order(waiting.nodeId)
  const filed = await finished(room, owner)
  const entry = (await room.ask('GET', '/audit-events?limit=1', { token: owner })).body.data[0].id
  const [job, recording] = [running.job.id, running.data.id]

  const asUser = (path: string, more: Asking = {}): Sample => ({ path, token: owner, ...more })
  const asNode = (path: string, more: Asking & { folds?: 'telemetry' } = {}): Sample => ({ path, token: node, ...more })
  const frame = { nodeId, interfaceId: 'i', capturedAt: '2026-01-01T00:00:00.000Z', levels: [] }
  const device = { alias: 'New', systemName: 'New', channelCount: 1 }
  const location = { site: 'North', room: 'Hall 2' }

  return new Map<string, Sample>([
    ['POST /api/v1/auth/login', { path: '/auth/login', body: { email: OWNER.email, password: OWNER.password } }],
    ['POST /api/v1/auth/logout', { path: '/auth/logout', token: spare }],
    ['GET /api/v1/auth/me', asUser('/auth/me')],
    ['GET /api/v1/audit-events', asUser('/audit-events?limit=2')],
    ['GET /api/v1/audit-events/:', asUser(`/audit-events/${entry}`)],
    ['GET /api/v1/nodes', asUser('/nodes')],
    ['POST /api/v1/nodes/enroll', asUser('/nodes/enroll', { body: { alias: 'x', hostname: 'h', location } })],
    ['GET /api/v1/nodes/:', asUser(`/nodes/${nodeId}`)],
    ['GET /api/v1/nodes/:/meters', asUser(`/nodes/${nodeId}/meters`)],
    ['POST /api/v1/nodes/:/inventory', asNode(`/nodes/${nodeId}/inventory`, { body: { interfaces: [device] } })],
    [
      'POST /api/v1/nodes/:/heartbeat',
      asNode(`/nodes/${nodeId}/heartbeat`, { body: { agentVersion: '2', hostname: 'h' } }),
    ],
    ['GET /api/v1/nodes/:/config', asNode(`/nodes/${nodeId}/config`, { folds: 'telemetry' })],
    ['POST /api/v1/nodes/:/meter-frame', asNode(`/nodes/${nodeId}/meter-frame`, { body: frame, folds: 'telemetry' })],
    ['GET /api/v1/recording-jobs', asUser('/recording-jobs')],
    ['GET /api/v1/recording-jobs/:', asUser(`/recording-jobs/${job}`)],
    [
      'POST /api/v1/nodes/:/recording-jobs/claim-next-group',
      { path: `/nodes/${waiting.nodeId}/recording-jobs/claim-next-group`, token: waiting.token },
    ],
    ['POST /api/v1/recording-jobs/:/heartbeat', asNode(`/recording-jobs/${job}/heartbeat`, { folds: 'telemetry' })],
    ['POST /api/v1/recording-jobs/:/failed', asNode(`/recording-jobs/${job}/failed`)],
    ['POST /api/v1/recording-jobs/:/cancelled', asNode(`/recording-jobs/${job}/cancelled`)],
    ['GET /api/v1/recordings', asUser('/recordings')],
    ['POST /api/v1/recordings', asUser('/recordings', { body: { nodeId: idle.nodeId } })],
    ['GET /api/v1/recordings/:', asUser(`/recordings/${recording}`)],
    ['POST /api/v1/recordings/:/stop', asUser(`/recordings/${recording}/stop`)],
    ['GET /api/v1/recordings/:/stream', asUser(`/recordings/${filed}/stream`)],
    ['GET /api/v1/recordings/:/file', asUser(`/recordings/${filed}/file`)],
    [
      'PUT /api/v1/recordings/:/cache-file',
      asNode(`/recordings/${recording}/cache-file`, {
        body: new Uint8Array(1000),
        headers: { 'x-rakkr-file-name': 'a.wav' },
      }),
    ],
  ])
}

/** A recording whose audio has arrived. */
export async function finished(room: TestRoom, owner: string, bytes = new Uint8Array(500).fill(7)): Promise<string> {
  const { nodeId, token } = await room.enrol(owner)
  const order = { nodeId, recordingProfileId: 'voice-wav' }
  const { data } = (await room.ask('POST', '/recordings', { token: owner, body: order })).body
  await room.ask('POST', `/nodes/${nodeId}/recording-jobs/claim-next-group`, { token })
  const headers = { 'content-type': 'audio/wav' }
  await room.ask('PUT', `/recordings/${data.id}/cache-file`, { token, body: bytes, headers })
  return data.id
}

import { standingProvider } from './testing-elsewhere.ts'
import { Browser } from './testing-login.ts'
import { type Asking, OWNER, type TestRoom } from './testing-room.ts'

/** A request that its route would grant, as `METHOD /path/of/:` is named. */
export interface Sample extends Asking {
  readonly path: string
  /** Nothing durable is behind it once its window is open. */
  readonly folds?: 'telemetry'
}

type Samples = Readonly<Record<string, Sample>>

/** A small world in which every route has something to do, and a request for each. A new family is a function here. */
export async function samplesIn(room: TestRoom): Promise<ReadonlyMap<string, Sample>> {
  const world = await worldIn(room)
  const families = [
    accessSamples,
    oidcSamples,
    userSamples,
    groupSamples,
    auditSamples,
    nodeSamples,
    agentSamples,
    jobSamples,
    recordingSamples,
  ]
  return new Map(families.flatMap((family) => Object.entries(family(world))))
}

type SampleWorld = Awaited<ReturnType<typeof worldIn>>

async function worldIn(room: TestRoom) {
  const owner = await room.signIn()
  const spare = await room.signIn()
  room.elsewhere.signInWith(await standingProvider())
  const order = async (nodeId: string) => {
    const body = { nodeId, recordingProfileId: 'voice-wav' }
    return (await room.ask('POST', '/recordings', { token: owner, body })).body
  }
  const withOrder = async () => {
    const node = await room.enrol(owner)
    const { job, data } = await order(node.nodeId)
    return { ...node, job: job.id as string, recording: data.id as string }
  }
  const login = { body: { email: OWNER.email, password: OWNER.password } }
  const busy = await withOrder()
  await room.ask('POST', `/nodes/${busy.nodeId}/recording-jobs/claim-next-group`, { token: busy.token })
  const groupId = `crew-${crypto.randomUUID()}`
  const account = {
    email: `${groupId}@example.org`,
    name: 'Crew',
    password: 'a password',
    roles: ['viewer'],
    groupIds: [groupId],
  }
  const made = await room.ask('POST', '/auth/users', { token: owner, body: account })
  return {
    owner,
    spare,
    /** Who may be changed or deleted: in a group, which may be so as well. */
    userId: made.body.data.id as string,
    groupId,
    returning: await returning(room),
    /** Of a session that nobody needs. */
    ended: (await room.ask('POST', '/auth/login', login)).body.data.sessionId as string,
    /** Captures. */
    busy,
    idle: await room.enrol(owner),
    /** Each has a job that nobody has claimed. */
    waiting: [await withOrder(), await withOrder(), await withOrder(), await withOrder(), await withOrder()] as const,
    filed: await finished(room, owner),
    /** Each came to nothing. */
    failed: [await failed(room, owner), await failed(room, owner)] as const,
    entry: (await room.ask('GET', '/audit-events?limit=1', { token: owner })).body.data[0].id as string,
    asUser: (path: string, more: Asking = {}): Sample => ({ path, token: owner, ...more }),
    asNode: (path: string, more: Asking = {}): Sample => ({
      path: `/nodes/${busy.nodeId}${path}`,
      token: busy.token,
      ...more,
    }),
    asTelemetry: (path: string, more: Asking = {}): Sample => ({
      path: `/nodes/${busy.nodeId}${path}`,
      token: busy.token,
      folds: 'telemetry',
      ...more,
    }),
  }
}

const accessSamples = ({ spare, ended, userId, asUser }: SampleWorld): Samples => ({
  'POST /api/v1/auth/login': { path: '/auth/login', body: { email: OWNER.email, password: OWNER.password } },
  'POST /api/v1/auth/logout': { path: '/auth/logout', token: spare },
  'GET /api/v1/auth/me': asUser('/auth/me'),
  'GET /api/v1/auth/sessions': asUser('/auth/sessions'),
  'DELETE /api/v1/auth/sessions/:': asUser(`/auth/sessions/${ended}`),
  'GET /api/v1/auth/access-policies': asUser('/auth/access-policies'),
  'PATCH /api/v1/auth/access-policies': asUser('/auth/access-policies', { body: { policies: [] } }),
  'GET /api/v1/auth/access-policies/actions': asUser('/auth/access-policies/actions'),
  'GET /api/v1/auth/actions': asUser('/auth/actions'),
  'POST /api/v1/auth/explain': asUser('/auth/explain', {
    body: { subject: { userId }, permission: 'node:read', target: { type: 'node_collection' } },
  }),
})

const userSamples = ({ userId, asUser }: SampleWorld): Samples => {
  const account = { email: 'new@example.org', name: 'New', password: 'new password', roles: ['viewer'] }
  const one = `/auth/users/${userId}`
  return {
    'GET /api/v1/auth/users': asUser('/auth/users'),
    'POST /api/v1/auth/users': asUser('/auth/users', { body: account }),
    'GET /api/v1/auth/users/:': asUser(one),
    'GET /api/v1/auth/users/:/actions': asUser(`${one}/actions`),
    'PATCH /api/v1/auth/users/:/access': asUser(`${one}/access`, {
      body: { roles: ['operator'], groupIds: ['other'] },
    }),
    'PATCH /api/v1/auth/users/:/password': asUser(`${one}/password`, { body: { password: 'another password' } }),
    'PATCH /api/v1/auth/users/:/status': asUser(`${one}/status`, { body: { disabled: true } }),
    'DELETE /api/v1/auth/users/:': asUser(one),
  }
}

const groupSamples = ({ userId, groupId, asUser }: SampleWorld): Samples => {
  const one = `/auth/groups/${groupId}`
  return {
    'GET /api/v1/auth/groups': asUser('/auth/groups'),
    'POST /api/v1/auth/groups': asUser('/auth/groups', { body: { name: 'Council', memberIds: [userId] } }),
    'GET /api/v1/auth/groups/:': asUser(one),
    'PATCH /api/v1/auth/groups/:': asUser(one, { body: { name: 'The Crew' } }),
    'PUT /api/v1/auth/groups/:/members': asUser(`${one}/members`, { body: { memberIds: [] } }),
    'DELETE /api/v1/auth/groups/:': asUser(one),
  }
}

const oidcSamples = ({ returning, asUser }: SampleWorld): Samples => ({
  'GET /api/v1/auth/oidc/config': { path: '/auth/oidc/config' },
  'GET /api/v1/auth/oidc/login': { path: '/auth/oidc/login?returnTo=/recordings' },
  'GET /api/v1/auth/oidc/callback': returning,
  'GET /api/v1/auth/oidc/actions': { path: '/auth/oidc/actions' },
  'GET /api/v1/auth/oidc/discovery': asUser('/auth/oidc/discovery'),
  'GET /api/v1/auth/oidc/discovery/actions': asUser('/auth/oidc/discovery/actions'),
})

const auditSamples = ({ entry, asUser }: SampleWorld): Samples => ({
  'GET /api/v1/audit-events': asUser('/audit-events?limit=2'),
  'GET /api/v1/audit-events/seals': asUser('/audit-events/seals'),
  'GET /api/v1/audit-events/facets': asUser('/audit-events/facets'),
  'GET /api/v1/audit-events/export': asUser('/audit-events/export'),
  'POST /api/v1/audit-events/export': asUser('/audit-events/export', { body: { eventIds: [entry] } }),
  'GET /api/v1/audit-events/:': asUser(`/audit-events/${entry}`),
  'GET /api/v1/audit-events/:/actions': asUser(`/audit-events/${entry}/actions`),
})

const nodeSamples = ({ busy: { nodeId, body }, idle, asUser }: SampleWorld): Samples => {
  const [device] = body.data.node.interfaces
  const location = { site: 'North', room: 'Hall 2' }
  return {
    'GET /api/v1/nodes': asUser('/nodes'),
    'POST /api/v1/nodes/enroll': asUser('/nodes/enroll', { body: { alias: 'x', hostname: 'h', location } }),
    'GET /api/v1/nodes/:': asUser(`/nodes/${nodeId}`),
    'GET /api/v1/nodes/:/meters': asUser(`/nodes/${nodeId}/meters`),
    'GET /api/v1/nodes/:/actions': asUser(`/nodes/${nodeId}/actions`),
    'GET /api/v1/nodes/export': asUser('/nodes/export'),
    'POST /api/v1/nodes/export': asUser('/nodes/export', { body: { nodeIds: [nodeId] } }),
    'PATCH /api/v1/nodes/:': asUser(`/nodes/${nodeId}`, { body: { alias: 'Another name' } }),
    'PATCH /api/v1/nodes/:/interfaces/:': asUser(`/nodes/${nodeId}/interfaces/${device.id}`, {
      body: { alias: 'Table' },
    }),
    'POST /api/v1/nodes/:/credentials/rotate': asUser(`/nodes/${idle.nodeId}/credentials/rotate`),
  }
}

const agentSamples = ({ busy: { nodeId }, asNode, asTelemetry }: SampleWorld): Samples => {
  const frame = { nodeId, interfaceId: 'i', capturedAt: '2026-01-01T00:00:00.000Z', levels: [] }
  const chunk = { body: new Uint8Array(1000), headers: { 'content-type': 'audio/wav', 'x-rakkr-duration-ms': '1000' } }
  const device = { alias: 'New', systemName: 'New', channelCount: 1 }
  return {
    'POST /api/v1/nodes/:/inventory': asNode('/inventory', { body: { interfaces: [device] } }),
    'POST /api/v1/nodes/:/heartbeat': asNode('/heartbeat', { body: { agentVersion: '2', hostname: 'h' } }),
    'GET /api/v1/nodes/:/config': asTelemetry('/config'),
    'GET /api/v1/nodes/:/channel-map-assignments': asTelemetry('/channel-map-assignments'),
    'POST /api/v1/nodes/:/meter-frame': asTelemetry('/meter-frame', { body: frame }),
    'POST /api/v1/nodes/:/listen/chunk': asTelemetry('/listen/chunk', chunk),
    'POST /api/v1/nodes/:/health-events': asNode('/health-events', {
      body: { type: 'agent.started', severity: 'info' },
    }),
  }
}

const jobSamples = ({ busy, waiting, failed, asUser }: SampleWorld): Samples => {
  const [looking, grouping, claiming, naming, unwanted] = waiting
  const job = (path: string) => ({ path: `/recording-jobs/${busy.job}${path}`, token: busy.token })
  const queue = ({ nodeId, token }: { nodeId: string; token: string }, path: string) => ({
    path: `/nodes/${nodeId}/recording-jobs/${path}`,
    token,
  })
  return {
    'GET /api/v1/recording-jobs': asUser('/recording-jobs'),
    'GET /api/v1/recording-jobs/:': asUser(`/recording-jobs/${busy.job}`),
    'GET /api/v1/recording-jobs/:/actions': asUser(`/recording-jobs/${busy.job}/actions`),
    'GET /api/v1/recording-jobs/export': asUser('/recording-jobs/export'),
    'POST /api/v1/recording-jobs/export': asUser('/recording-jobs/export', { body: { jobIds: [busy.job] } }),
    'POST /api/v1/recording-jobs/bulk-stop': asUser('/recording-jobs/bulk-stop', { body: { jobIds: [unwanted.job] } }),
    'POST /api/v1/recording-jobs/:/retry': asUser(`/recording-jobs/${failed[0]}/retry`),
    'POST /api/v1/recording-jobs/bulk-retry': asUser('/recording-jobs/bulk-retry', { body: { jobIds: [failed[1]] } }),
    'GET /api/v1/recording-jobs/:/chunks': asUser(`/recording-jobs/${busy.job}/chunks`),
    'GET /api/v1/nodes/:/recording-jobs/next': { ...queue(looking, 'next'), folds: 'telemetry' },
    'POST /api/v1/nodes/:/recording-jobs/claim-next-group': queue(grouping, 'claim-next-group'),
    'POST /api/v1/nodes/:/recording-jobs/claim-next': queue(claiming, 'claim-next'),
    'POST /api/v1/recording-jobs/:/claim': { path: `/recording-jobs/${naming.job}/claim`, token: naming.token },
    'POST /api/v1/recording-jobs/:/heartbeat': { ...job('/heartbeat'), folds: 'telemetry' },
    'POST /api/v1/recording-jobs/:/failed': job('/failed'),
    'POST /api/v1/recording-jobs/:/cancelled': job('/cancelled'),
  }
}

const recordingSamples = ({ busy, idle, filed, asUser }: SampleWorld): Samples => {
  const { recording } = busy
  const audio = { body: new Uint8Array(1000), headers: { 'x-rakkr-file-name': 'a.wav' } }
  return {
    'GET /api/v1/recordings': asUser('/recordings'),
    'POST /api/v1/recordings': asUser('/recordings', { body: { nodeId: idle.nodeId } }),
    'GET /api/v1/recordings/:': asUser(`/recordings/${recording}`),
    'POST /api/v1/recordings/:/stop': asUser(`/recordings/${recording}/stop`),
    'POST /api/v1/recordings/:/playback': asUser(`/recordings/${filed}/playback`),
    'POST /api/v1/recordings/:/download': asUser(`/recordings/${filed}/download`),
    'GET /api/v1/recordings/:/stream': asUser(`/recordings/${filed}/stream`),
    'GET /api/v1/recordings/:/file': asUser(`/recordings/${filed}/file`),
    'PUT /api/v1/recordings/:/cache-file': { path: `/recordings/${recording}/cache-file`, token: busy.token, ...audio },
  }
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

/** A browser that the provider has just sent back. */
async function returning(room: TestRoom): Promise<Sample> {
  const browser = new Browser(room)
  const query = await browser.visit(await browser.depart())
  return { path: `/auth/oidc/callback${query}`, headers: { cookie: browser.cookie } }
}

/** A job that its node has given up. */
async function failed(room: TestRoom, owner: string): Promise<string> {
  const { nodeId, token } = await room.enrol(owner)
  const { job } = (await room.ask('POST', '/recordings', { token: owner, body: { nodeId } })).body
  await room.ask('POST', `/recording-jobs/${job.id}/failed`, { token })
  return job.id
}

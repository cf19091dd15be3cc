import { expect } from 'bun:test'
import { everything } from '../../core/access/scope.ts'
import type { Kind } from './testing-authority.ts'
import type { Asking, TestRoom } from './testing-room.ts'

/** What lies elsewhere, by what one would ask for it. */
export type Elsewhere = { readonly [K in Exclude<Kind, 'user' | 'group' | 'session'>]: string }

export interface People {
  readonly owner: string
  /** May see the other site alone. */
  readonly stranger: string
  /** A node that is not there. */
  readonly near: { readonly nodeId: string; readonly token: string }
}

/** Everything that a fleet at another site does, and has done to it. */
export async function muchElsewhere(room: TestRoom, people: People): Promise<Elsewhere> {
  const hands = handsIn(room, people.owner)
  const node = await hands.enrol()
  await signsOfLife(node, hands)
  const captured = await captures(node, hands)
  await manyAtOnce(captured.job, node, hands, people)
  await reading(captured, node, hands, people)
  await reaching(captured, node, hands, people)
  const device = node.body.data.node.interfaces[0].id as string
  await hands.ask(200, 'PATCH', `/nodes/${node.nodeId}`, { body: { alias: 'Farther', notes: 'nobody is to know' } })
  await hands.ask(200, 'PATCH', `/nodes/${node.nodeId}/interfaces/${device}`, { body: { alias: 'Far table' } })
  await hands.ask(201, 'POST', `/nodes/${node.nodeId}/credentials/rotate`)

  const reader = { scope: everything, self: '' as never }
  const page = { limit: 1, offset: 0 }
  const { items } = await room.room.world.storage.stores.audit.list({ target: node.nodeId }, reader, page)
  return {
    node: node.nodeId,
    interface: device,
    recording: captured.recording,
    recording_job: captured.job,
    audit_event: items[0]?.id ?? '',
  }
}

type Hands = ReturnType<typeof handsIn>
type Far = Awaited<ReturnType<Hands['enrol']>>
type Captured = Awaited<ReturnType<typeof captures>>

function handsIn(room: TestRoom, owner: string) {
  const ask = async (status: number, method: string, path: string, asking: Asking = {}) => {
    const answer = await room.ask(method, path, { token: owner, ...asking })
    expect([method, path, answer.status]).toEqual([method, path, status])
    return answer.body
  }
  return {
    ask,
    enrol: () => room.enrol(owner, { alias: 'Far', location: { site: 'South', room: 'Court 1' }, tags: ['far'] }),
    order: async (nodeId: string) => {
      const body = { nodeId, recordingProfileId: 'voice-wav', name: 'Far away', folder: 'South', tags: ['far'] }
      const { job, data } = await ask(202, 'POST', '/recordings', { body })
      return { job: job.id as string, recording: data.id as string }
    },
  }
}

const wav = { 'content-type': 'audio/wav' }
const audio = () => new Uint8Array(500).fill(7)
const clipping = (recordingId: string) => ({ type: 'agent.meter.clipping', severity: 'critical', recordingId })

async function signsOfLife({ nodeId, token }: Far, { ask }: Hands): Promise<void> {
  const beat = { agentVersion: '9', hostname: 'far', status: 'degraded' }
  await ask(202, 'POST', `/nodes/${nodeId}/heartbeat`, { token, body: beat })
  const frame = { nodeId, interfaceId: 'i', capturedAt: '2026-01-01T00:00:00.000Z', levels: [] }
  await ask(202, 'POST', `/nodes/${nodeId}/meter-frame`, { token, body: frame })
  const headers = { ...wav, 'x-rakkr-duration-ms': '1000' }
  await ask(202, 'POST', `/nodes/${nodeId}/listen/chunk`, { token, body: new Uint8Array(1000), headers })
}

/** One recording as a whole, with trouble; and one in pieces, which is stopped. */
async function captures({ nodeId, token }: Far, { ask, order }: Hands) {
  const claim = () => ask(200, 'POST', `/nodes/${nodeId}/recording-jobs/claim-next-group`, { token })
  const whole = await order(nodeId)
  await claim()
  await ask(200, 'POST', `/recording-jobs/${whole.job}/heartbeat`, { token })
  await ask(201, 'POST', `/nodes/${nodeId}/health-events`, { token, body: clipping(whole.recording) })
  await ask(201, 'PUT', `/recordings/${whole.recording}/cache-file`, { token, body: audio(), headers: wav })

  const pieces = await order(nodeId)
  await claim()
  const headers = { ...wav, 'x-rakkr-recording-job-id': pieces.job }
  await ask(201, 'PUT', `/recordings/${pieces.recording}/cache-file?chunk=0`, { token, body: audio(), headers })
  await ask(200, 'POST', `/recordings/${pieces.recording}/stop`)
  return whole
}

async function manyAtOnce(job: string, far: Far, { ask, enrol, order }: Hands, people: People): Promise<void> {
  const other = await enrol()
  const lost = await order(other.nodeId)
  const body = { reason: 'far_disk_full' }
  await ask(200, 'POST', `/recording-jobs/${lost.job}/failed`, { token: other.token, body })
  await ask(201, 'POST', '/recording-jobs/bulk-retry', { body: { jobIds: [lost.job] } })
  const unwanted = await order((await enrol()).nodeId)
  await ask(200, 'POST', '/recording-jobs/bulk-stop', { body: { jobIds: [unwanted.job] } })
  await ask(200, 'POST', '/recording-jobs/export', { body: { jobIds: [job, lost.job] } })
  // What tells of the one tells of the other as well.
  const both = { nodeIds: [people.near.nodeId, far.nodeId] }
  await ask(200, 'POST', '/nodes/export', { body: both })
  await ask(404, 'POST', '/nodes/export', { token: people.stranger, body: both })
}

async function reading({ job, recording }: Captured, far: Far, { ask }: Hands, { stranger }: People): Promise<void> {
  for (const path of ['', '/meters', '/actions']) await ask(200, 'GET', `/nodes/${far.nodeId}${path}`)
  for (const path of ['', '/stream', '/file']) await ask(200, 'GET', `/recordings/${recording}${path}`)
  for (const path of ['', '/chunks', '/actions']) await ask(200, 'GET', `/recording-jobs/${job}${path}`)
  for (const use of ['playback', 'download']) await ask(202, 'POST', `/recordings/${recording}/${use}`)
  await ask(200, 'GET', `/recordings/${recording}`, { token: stranger })
}

/** By those who may not: a user without the role, another node, and nobody. */
async function reaching({ job, recording }: Captured, far: Far, { ask }: Hands, people: People): Promise<void> {
  const { nodeId, token } = people.near
  await ask(403, 'POST', `/recordings/${recording}/stop`, { token: people.stranger })
  for (const path of [`/nodes/${far.nodeId}/config`, `/recording-jobs/${job}`]) {
    await ask(403, 'GET', path, { token })
    await ask(401, 'GET', path, { token: undefined })
  }
  await ask(403, 'PUT', `/recordings/${recording}/cache-file`, { token, body: audio(), headers: wav })
  await ask(403, 'POST', `/nodes/${nodeId}/health-events`, { token, body: clipping(recording) })
  for (const path of [`/nodes/${far.nodeId}`, `/recordings/${recording}`, `/recording-jobs/${job}/chunks`]) {
    await ask(401, 'GET', path, { token: 'rt_of_nobody' })
  }
}

import type { Command, Job } from './wire/answers.ts'
import type { Fetch } from './wire/call.ts'

export const NODE_ID = 'node_0b6f'
export const TOKEN = 'node-token-of-a-test'

/** A request as a test wants to see it. */
export interface Received {
  /** `POST heartbeat`, `PUT cache-file?chunk=0`: the method and what remains of the path without ids. */
  readonly call: string
  readonly path: string
  readonly headers: Headers
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly json: unknown
}

export interface FakeController {
  readonly fetch: Fetch
  readonly received: Received[]
  /** Requests that the contract does not allow. */
  readonly problems: string[]
  /** What each call is answered with instead; a thrown error is a network without an answer. */
  readonly overrides: Map<string, () => Response>
  calls(): readonly string[]
  offer(...group: readonly Job[]): void
  setStatus(jobId: string, status: string): void
  statusOf(jobId: string): string | undefined
}

/** As much of a controller as a recorder can see, with a record of all it was sent and an eye on the contract. */
export function fakeController(): FakeController {
  const received: Received[] = []
  const problems: string[] = []
  const overrides = new Map<string, () => Response>()
  const groups: (readonly Job[])[] = []
  const jobs = new Map<string, Job>()

  const setStatus = (jobId: string, status: string) => {
    const job = jobs.get(jobId)
    if (job) jobs.set(jobId, { ...job, status })
  }

  function answer({ call, path, headers }: Received): Response {
    const jobId = path.match(/^\/recording-jobs\/([^/]+)/)?.[1] ?? headers.get('x-rakkr-recording-job-id') ?? ''
    const job = jobs.get(jobId)
    if (call === 'POST recording-jobs/claim-next-group') return claim()
    if (call === 'GET config')
      return data(200, { recorderCachePolicies: [], recordingCapacity: one, audioDefaults: {} })
    if (call === 'GET channel-map-assignments') return data(200, [])
    if (call === 'POST health-events') return data(201, {})
    if (call.startsWith('PUT cache-file')) return attach(jobId, call)
    if (!call.includes('job')) return data(202, {})
    if (!job) return new Response('{"error":"Recording job not found"}', { status: 404 })
    if (call === 'POST job/heartbeat' && job.status !== 'running') return new Response('{}', { status: 409 })
    if (call === 'POST job/cancelled' || call === 'POST job/failed') setStatus(jobId, call.slice('POST job/'.length))
    return data(200, jobs.get(jobId))
  }

  function claim(): Response {
    const group = groups.shift()
    if (!group) return new Response(null, { status: 204 })
    for (const job of group) setStatus(job.id, 'running')
    return data(
      200,
      group.map((job) => jobs.get(job.id)),
    )
  }

  function attach(jobId: string, call: string): Response {
    if (!call.includes('chunk=') || call.includes('chunkTotal=')) setStatus(jobId, 'completed')
    return data(201, {})
  }

  return {
    received,
    problems,
    overrides,
    calls: () => received.map(({ call }) => call),
    setStatus,
    statusOf: (jobId) => jobs.get(jobId)?.status,
    offer: (...group) => {
      groups.push(group)
      for (const job of group) jobs.set(job.id, job)
    },
    fetch: async (request) => {
      const one = await receive(request)
      received.push(one)
      problems.push(...problemsOf(one))
      return (overrides.get(one.call) ?? overrides.get('*') ?? (() => answer(one)))()
    },
  }
}

const one = { maxConcurrentRecordings: 1 }

/** A command for a plain two-second WAV, with what a test wants otherwise. */
export function aJob(id: string, command: Partial<Command> = {}): Job {
  return {
    id,
    nodeId: NODE_ID,
    recordingId: `rec_of_${id}`,
    status: 'queued',
    command: {
      captureChannels: 2,
      captureDevice: 'hw:1,0',
      captureFormat: 'S16_LE',
      captureSampleRate: 48_000,
      durationSeconds: 4,
      outputFileName: `rec_of_${id}.wav`,
      outputCodec: 'wav',
      ...command,
    },
  }
}

function data(status: number, value: unknown): Response {
  return Response.json({ data: value }, { status })
}

async function receive(request: Request): Promise<Received> {
  const { pathname, search } = new URL(request.url)
  const path = pathname.replace(/^\/api\/v1/, '')
  const rest = path
    .replace(/^\/nodes\/[^/]+\//, '')
    .replace(/^\/recordings\/[^/]+\//, '')
    .replace(/^\/recording-jobs\/[^/]+/, 'job')
  const bytes = new Uint8Array(await request.arrayBuffer())
  const isJson = request.headers.get('content-type') === 'application/json'
  const json: unknown = isJson ? JSON.parse(new TextDecoder().decode(bytes)) : undefined
  return { call: `${request.method} ${rest}${search}`, path, headers: request.headers, bytes, json }
}

function problemsOf({ call, path, headers, bytes, json }: Received): readonly string[] {
  const rules: readonly (readonly [boolean, string])[] = [
    [headers.get('authorization') === `Bearer ${TOKEN}`, 'no node credential'],
    [!path.startsWith('/nodes/') || path.startsWith(`/nodes/${NODE_ID}/`), 'another node'],
    [headers.has('x-rakkr-agent-id') === /claim-next-group|job\/heartbeat/.test(call), 'agent id in the wrong place'],
    [!call.startsWith('GET') || bytes.length === 0, 'a body where none belongs'],
    ...(call === 'POST listen/chunk' ? listenRules(headers, bytes) : []),
    ...(call === 'POST health-events' ? eventRules(json as Readonly<Record<string, unknown>>) : []),
    ...(call.startsWith('PUT') ? [[headers.get('content-length') === String(bytes.length), 'length'] as const] : []),
  ]
  return rules.filter(([kept]) => !kept).map(([, problem]) => `${call}: ${problem}`)
}

function listenRules(headers: Headers, bytes: Uint8Array): readonly (readonly [boolean, string])[] {
  const durationMs = Number(headers.get('x-rakkr-duration-ms'))
  return [
    [headers.get('content-type') === 'audio/wav', 'content type'],
    [Number.isInteger(durationMs) && durationMs >= 1 && durationMs <= 10_000, 'duration'],
    [/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(headers.get('x-rakkr-captured-at') ?? ''), 'captured at'],
    [bytes.length >= 44 && bytes.length <= 524_288, 'size'],
  ]
}

function eventRules(event: Readonly<Record<string, unknown>>): readonly (readonly [boolean, string])[] {
  const allowed = ['type', 'severity', 'details', 'id', 'openedAt', 'recordingId', 'scheduleId']
  return [
    [Object.keys(event).every((key) => allowed.includes(key)), 'a member that the strict body does not have'],
    [/^agent\./.test(String(event['type'])), 'a type that is not an agent event'],
    [['info', 'warning', 'critical'].includes(String(event['severity'])), 'severity'],
    [!Number.isNaN(Date.parse(String(event['openedAt']))), 'opened at'],
    [String(event['id']).length <= 160, 'id'],
  ]
}

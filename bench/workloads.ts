import { CHANNELS_MANY, heartbeat, meterFrame, variants } from './payloads.ts'

/** Who asks: a node with its credential, or a person, who is no node, with a session. */
export interface Target {
  readonly nodeId: string
  readonly token: string
}

/** What of an answer shows that it is the one to what was sent. */
interface Shown {
  readonly id?: string
  readonly status?: string
  readonly nodeId?: string
  readonly interfaces?: readonly { readonly channels: readonly unknown[] }[]
  readonly frame?: object
  readonly receivedAt?: string
  readonly location?: { readonly site: string }
}

interface Workload {
  readonly method: 'GET' | 'POST'
  readonly path: (nodeId: string) => string
  readonly body?: (nodeId: string, variant: number) => object
  readonly status: number
  /** Each answer hands something out, by its id, that nobody else may get. */
  readonly handsOut?: true
  readonly shows: (data: Shown & Iterable<Shown>, nodeId: string, variant: number) => boolean
}

const beating = (channels?: number): Workload => ({
  method: 'POST',
  path: (nodeId) => `/api/v1/nodes/${nodeId}/heartbeat`,
  body: (nodeId, variant) => heartbeat(nodeId, variant, channels),
  status: 202,
  shows: ({ id, status, interfaces }, nodeId) =>
    id === nodeId && status === 'online' && interfaces?.[0]?.channels.length === (channels ?? 8),
})

const metering = (channels?: number): Workload => ({
  method: 'POST',
  path: (nodeId) => `/api/v1/nodes/${nodeId}/meter-frame`,
  body: (nodeId, variant) => meterFrame(nodeId, variant, channels),
  status: 202,
  shows: ({ frame, receivedAt }, nodeId, variant) =>
    receivedAt !== undefined && Bun.deepEquals(frame, meterFrame(nodeId, variant, channels)),
})

const claiming: Pick<Workload, 'method' | 'path'> = {
  method: 'POST',
  path: (nodeId) => `/api/v1/nodes/${nodeId}/recording-jobs/claim-next`,
}

/** Everyone's first page holds what the asker may see, and nothing twice. */
const listing = (isSeen: (node: Shown) => boolean): Workload => ({
  method: 'GET',
  path: () => '/api/v1/nodes?limit=100',
  status: 200,
  shows(data) {
    const nodes = [...data]
    return nodes.length > 0 && nodes.every(isSeen) && new Set(nodes.map(({ id }) => id)).size === nodes.length
  },
})

/** The half of the fleet that a scoped asker may see. */
export const SCOPED_SITE = 'South'

const known = {
  heartbeat: beating(),
  wideHeartbeat: beating(CHANNELS_MANY),
  frame: metering(),
  wideFrame: metering(CHANNELS_MANY),
  emptyClaim: { ...claiming, status: 204, shows: () => true },
  claim: {
    ...claiming,
    status: 200,
    handsOut: true,
    shows: ({ nodeId, status }, askedBy) => nodeId === askedBy && status === 'running',
  },
  nodes: listing(() => true),
  scopedNodes: listing(({ location }) => location?.site === SCOPED_SITE),
  probe: { method: 'GET', path: () => '/healthz', status: 200, shows: () => true },
} as const satisfies Readonly<Record<string, Workload>>
export type WorkloadName = keyof typeof known
export const workloads: Readonly<Record<WorkloadName, Workload>> = known

/** Whole requests, ready to be sent: one for each variant, or the one that there is. */
export function requestsFor(workload: WorkloadName, { nodeId, token }: Target, host: string, many = variants) {
  const { method, path, body } = workloads[workload]
  return Array.from({ length: body ? many : 1 }, (_, variant): Buffer => {
    const text = body ? JSON.stringify(body(nodeId, variant)) : ''
    return requestOf({ method, path: path(nodeId), token, host, text })
  })
}

interface Request {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly token: string
  readonly host: string
  readonly text?: string
}

export function requestOf({ method, path, token, host, text = '' }: Request): Buffer {
  const head = [
    `${method} ${path} HTTP/1.1`,
    `host: ${host}`,
    ...(token === '' ? [] : [`authorization: Bearer ${token}`]),
    ...(text === '' ? [] : ['content-type: application/json']),
    ...(method === 'POST' ? [`content-length: ${Buffer.byteLength(text)}`] : []),
  ]
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${text}`)
}

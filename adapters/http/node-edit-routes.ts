import { type NodeActions, readNodeActions } from '../../core/nodes/actions.ts'
import type { InterfaceAmendment, NodeAmendment } from '../../core/nodes/amendment.ts'
import { rotateCredential, updateInterface, updateNode } from '../../core/nodes/editing.ts'
import { exportNodes, exportSelectedNodes } from '../../core/nodes/exporting.ts'
import { type } from '../system/type.ts'
import { nodesCsv } from './node-csv.ts'
import { credentialReply, nodeReply } from './node-reply.ts'
import { audioDefaults, nodeFilter } from './node-schemas.ts'
import { get, patch, post, type Route } from './route.ts'
import { interfaceId, looseInteger, nodeId, ofNode, text } from './schemas.ts'

/** Null, and blank text, take away. */
const clearable = (max: number) => text(0, max).or('null')

const location = type({
  'site?': text(1, 160),
  'room?': text(1, 160),
  'building?': clearable(120),
  'floor?': clearable(80),
}).onUndeclaredKey('reject')

/** Something has to be asked for: an empty location is nothing. */
const asksForSomething = ({ nodeId: _, interfaceId: __, ...asked }: Record<string, unknown>) =>
  Object.values(asked).some((value) => !isEmptyLocation(value, asked['location']))
const isEmptyLocation = (value: unknown, location: unknown) =>
  value === location && typeof value === 'object' && value !== null && Object.keys(value).length === 0

const amendment = type({
  nodeId,
  'alias?': text(1, 160),
  'hostname?': text(1, 255),
  'ipAddresses?': text(1, 120).array().atMostLength(16).readonly(),
  'location?': location,
  'notes?': clearable(2000),
  'audioDefaults?': audioDefaults,
  'recordingCapacity?': type({ maxConcurrentRecordings: looseInteger(1, 128) }).onUndeclaredKey('reject'),
  'tags?': text(1, 48).array().atMostLength(32).readonly(),
} satisfies Record<string, unknown> & { [K in keyof NodeAmendment as `${K}?`]-?: unknown })
  .onUndeclaredKey('reject')
  .narrow((asked, context) => asksForSomething(asked) || context.mustBe('a change of something'))

const interfaceAmendment = type({
  nodeId,
  interfaceId,
  'alias?': text(1, 160),
  'channels?': type({ index: looseInteger(1, 256), alias: text(1, 160) })
    .array()
    .atMostLength(256)
    .readonly(),
  'hardwarePath?': clearable(500),
  'sampleRates?': looseInteger(1, 768_000).array().atMostLength(16).readonly(),
  'serialNumber?': clearable(255),
  'systemName?': text(1, 255),
  'systemRef?': text(1, 255),
} satisfies Record<string, unknown> & { [K in keyof InterfaceAmendment as `${K}?`]-?: unknown })
  .onUndeclaredKey('reject')
  .narrow((asked, context) => asksForSomething(asked) || context.mustBe('a change of something'))

const selection = type({ nodeIds: nodeId.array().atLeastLength(1).atMostLength(200).readonly() }).onUndeclaredKey(
  'reject',
)

/** What operators do to nodes beside looking at them. */
export const nodeEditRoutes: readonly Route[] = [
  get('/nodes/export', exportNodes, { input: nodeFilter, wording: 'Invalid node filters', respond: nodesCsv }),
  post('/nodes/export', exportSelectedNodes, { input: selection, respond: nodesCsv }),
  get('/nodes/:nodeId/actions', readNodeActions, { input: ofNode, reply: actionsReply }),
  patch('/nodes/:nodeId', updateNode, { input: amendment, reply: nodeReply }),
  patch('/nodes/:nodeId/interfaces/:interfaceId', updateInterface, { input: interfaceAmendment, reply: nodeReply }),
  post('/nodes/:nodeId/credentials/rotate', rotateCredential, {
    input: ofNode,
    status: 201,
    headers: () => ({ 'cache-control': 'no-store' }),
    reply: ({ credential, token, ...node }) => ({
      credential: credentialReply(credential, token),
      node: nodeReply(node),
    }),
  }),
]

function actionsReply({ monitor, actions, ...node }: NodeActions) {
  const one = `/api/v1/nodes/${node.node.id}`
  return {
    node: nodeReply(node),
    monitor: monitorReply(monitor),
    actions,
    links: {
      credentialsRotate: `${one}/credentials/rotate`,
      detail: one,
      healthEvents: `/api/v1/health-events?nodeId=${node.node.id}`,
      interfaces: node.node.interfaces.map(({ id }) => ({ id, href: `${one}/interfaces/${id}` })),
      listenStart: `${one}/listen`,
      meters: `${one}/meters`,
      recordingStart: '/api/v1/recordings',
      update: one,
    },
  }
}

function monitorReply(monitor: NodeActions['monitor']) {
  if (!monitor.available) return monitor
  const { available, source } = monitor
  if (monitor.source === 'meter_frame') return { available, source, capturedAt: monitor.frame.capturedAt }
  const { capturedAt, durationMs } = monitor.chunk
  return { available, source, capturedAt, contentType: 'audio/wav', durationMs }
}

import { kinOfNode } from '../access/kin.ts'
import type { InterfaceId, NodeId } from '../ids.ts'
import { operation, type View } from '../operation.ts'
import type { Page } from '../page.ts'
import type { Glimpse, PresentNode } from '../ports/stores.ts'
import { ok, refuse } from '../result.ts'
import { issue } from './credential.ts'
import { type Enrolment, enrol, snapshot } from './enrolment.ts'
import type { NodeFilter } from './filter.ts'
import { type ReportedInterface, reconcile } from './inventory.ts'
import { capacityOf } from './node.ts'
import { type Heartbeat, hear, statusAt } from './presence.ts'
import { savedNode } from './saving.ts'

export interface OfNode {
  readonly nodeId: NodeId
}

/** A node as readers see it: one that has been silent for too long is offline. */
export const seen = ({ node, presence }: PresentNode, { mark, settings }: View): PresentNode => {
  const { said } = presence
  const status = statusAt(presence, mark.at, settings.offlineAfterSeconds)
  return { node, presence: status === said.status ? presence : { ...presence, said: { ...said, status } } }
}

/**
 * Of those who are listed. What this controller has heard is in memory, and may be later than the list; what another has heard
 * since is looked up. One that was enrolled elsewhere a moment ago is there at the next look.
 */
export async function seenAll(listed: readonly Glimpse[], view: View): Promise<readonly PresentNode[]> {
  const { live, stores } = view
  const isBehind = ({ nodeId, lastSeenAt }: Glimpse) => !((live.presences.get(nodeId)?.lastSeenAt ?? -1) >= lastSeenAt)
  const behind = listed.filter(isBehind).map(({ nodeId }) => nodeId)
  const found = behind.length > 0 ? await stores.nodes.presences(behind) : []
  const heardElsewhere = new Map(found.map((presence) => [presence.nodeId, presence]))
  return listed.flatMap(({ nodeId }) => {
    const node = live.nodes.get(nodeId)
    const presence = heardElsewhere.get(nodeId) ?? live.presences.get(nodeId)
    return node && presence ? [seen({ node, presence }, view)] : []
  })
}

export const listNodes = operation({
  audience: 'user',
  permission: 'node:read',
  audit: 'nodes.read',
  target: { type: 'node_collection' },
  fold: 'read',
  invalidAs: 'invalid_filters',

  async run({ filter, page }: { readonly filter: NodeFilter; readonly page: Page }, view) {
    const judgement = { now: view.mark.at, offlineAfterSeconds: view.settings.offlineAfterSeconds }
    const found = await view.stores.nodes.list(filter, view.scope, page, judgement)
    const items = await seenAll(found.items, view)
    const details = { filters: filter, returnedCount: items.length, total: found.total }
    return ok({ value: { page, found: { ...found, items } }, details })
  },
})

export const readNode = operation({
  audience: 'user',
  permission: 'node:read',
  audit: 'nodes.detail.read',
  target: { type: 'node', param: 'nodeId' },
  fold: 'read',

  run({ nodeId }: OfNode, view) {
    const found = view.live.node(nodeId)
    return found ? ok({ value: seen(found, view) }) : refuse('not_found', 'node_not_found')
  },
})

/** All or nothing: no node is left behind without its credential. The token is in the answer, and nowhere else. */
export const enrollNode = operation({
  audience: 'user',
  permission: 'node:manage',
  audit: 'nodes.enroll',
  target: { type: 'node' },

  run(enrolment: Enrolment, view) {
    const { ids, mark } = view
    const id = `node_${ids.uuid()}` as NodeId
    const { node, presence } = enrol(enrolment, id, mark.at, () => ids.uuid() as InterfaceId)
    const { credential, token } = issue(id, view)
    return ok({
      value: { node, presence, credential, token },
      changes: { nodes: [node], presences: [presence], credentials: [credential] },
      target: { type: 'node', id, name: node.alias },
      things: [kinOfNode(node)],
      details: { credentialId: credential.id, tokenPrefix: credential.tokenPrefix },
      after: snapshot(node, presence),
    })
  },
})

/** A sign of life. It never touches what an operator may edit, so the two cannot overwrite each other. */
export const heartbeatNode = operation({
  audience: 'node',
  permission: 'node:control',
  audit: 'nodes.heartbeat',
  target: { type: 'node', param: 'nodeId' },
  fold: 'telemetry',

  run(beat: Heartbeat & OfNode, view) {
    const found = view.live.node(beat.nodeId)
    if (!found) return refuse('not_found', 'node_not_found')

    const { node, presence: before } = found
    const after = hear(before, beat, view.mark.at)
    const { runtime } = after.said
    const changed = after.said !== before.said
    return ok({
      value: { node, presence: after },
      changes: { presences: [after] },
      details: runtime ? { changed, runtime } : { changed },
      ...(changed && { before: before.said, after: after.said }),
    })
  },
})

/** An unchanged report leaves no entry: an agent sends one each time it starts. */
export const reconcileInventory = operation({
  audience: 'node',
  permission: 'node:control',
  audit: 'nodes.inventory.reconciled',
  succeededAs: 'nodes.inventory.reconciled',
  target: { type: 'node', param: 'nodeId' },

  run({ nodeId, interfaces }: OfNode & { readonly interfaces: readonly ReportedInterface[] }, view) {
    const found = view.live.node(nodeId)
    if (!found) return refuse('not_found', 'node_not_found')

    const { node, presence } = found
    const { changed, summary, ...after } = reconcile(node.interfaces, interfaces, () => view.ids.uuid() as InterfaceId)
    const updated = { ...node, ...after }
    const value = { ...seen({ node: updated, presence }, view), summary, changed }
    if (!changed) return ok({ value, silent: true })

    return ok({
      value,
      changes: savedNode(node, updated),
      before: { interfaceCount: node.interfaces.length },
      after: { ...summary, interfaceCount: updated.interfaces.length },
    })
  },
})

/** Which channel map is laid on the node and its interfaces: none, as long as there are no maps. */
export const readChannelMapAssignments = operation({
  audience: 'node',
  permission: 'node:control',
  audit: 'nodes.channel_map_assignments.read',
  target: { type: 'node', param: 'nodeId' },
  fold: 'telemetry',

  run({ nodeId }: OfNode, { live }) {
    if (!live.nodes.has(nodeId)) return refuse('not_found', 'node_not_found')
    const assignments: readonly never[] = []
    return ok({ value: assignments, details: { count: assignments.length } })
  },
})

/** What an agent is to apply over its own settings. */
export const readNodeConfig = operation({
  audience: 'node',
  permission: 'node:control',
  audit: 'nodes.config.read',
  target: { type: 'node', param: 'nodeId' },
  fold: 'telemetry',

  run({ nodeId }: OfNode, { live }) {
    const node = live.nodes.get(nodeId)
    if (!node) return refuse('not_found', 'node_not_found')
    const details = {
      audioDefaultsConfigured: node.audioDefaults !== undefined,
      recorderCachePolicyCount: 0,
      recordingCapacity: { maxConcurrentRecordings: capacityOf(node) },
    }
    return ok({ value: node, details })
  },
})

import { type ActionState, type Offer, offerAll } from '../access/action.ts'
import { kinOfNode } from '../access/kin.ts'
import { isFresh, type ListenChunk } from '../listen/chunk.ts'
import type { MeterFrame } from '../meters/meter-frame.ts'
import { operation } from '../operation.ts'
import type { PresentNode } from '../ports/stores.ts'
import { ok, refuse } from '../result.ts'
import { type OfNode, seen } from './operations.ts'
import { isReachable } from './presence.ts'

/** What there is to listen to: real sound of a moment ago, a picture of the levels, or nothing. */
export type Monitor =
  | { readonly available: false }
  | { readonly available: true; readonly source: 'meter_frame'; readonly frame: MeterFrame }
  | { readonly available: true; readonly source: 'agent_audio_chunk'; readonly chunk: ListenChunk }

export interface NodeActions extends PresentNode {
  readonly monitor: Monitor
  readonly actions: Readonly<Record<string, ActionState>>
}

export const readNodeActions = operation({
  audience: 'user',
  permission: 'node:read',
  audit: 'nodes.actions.read',
  target: { type: 'node', param: 'nodeId' },
  fold: 'read',

  run({ nodeId }: OfNode, view) {
    const { live, mark, caller } = view
    const found = live.node(nodeId)
    if (!found || caller.type !== 'user') return refuse('not_found', 'not_found')
    const node = seen(found, view)
    const chunk = live.heard(nodeId, 'raw')
    const frame = live.frameOf(nodeId)
    const monitor: Monitor =
      chunk && isFresh(chunk, mark.at)
        ? { available: true, source: 'agent_audio_chunk', chunk }
        : frame
          ? { available: true, source: 'meter_frame', frame }
          : { available: false }
    const kin = kinOfNode(node.node)
    const actions = offerAll(offersFor(node, monitor, frame), caller.user, kin, live.rules)
    const value: NodeActions = { ...node, monitor, actions }
    return ok({ value })
  },
})

function offersFor(
  { node, presence }: PresentNode,
  monitor: Monitor,
  frame: MeterFrame | undefined,
): Record<string, Offer> {
  const one = `/api/v1/nodes/${node.id}`
  const away = isReachable(presence.said.status) ? undefined : `node_${presence.said.status}`
  return {
    detail: { method: 'GET', permission: 'node:read', href: one },
    editNode: { method: 'PATCH', permission: 'node:manage', href: one },
    health: { method: 'GET', permission: 'health:read', href: `/api/v1/health-events?nodeId=${node.id}` },
    listen: {
      method: 'POST',
      permission: 'listen:monitor',
      href: `${one}/listen`,
      obstacle: away ?? (monitor.available ? undefined : 'monitor_source_unavailable'),
    },
    meters: {
      method: 'GET',
      permission: 'node:read',
      href: `${one}/meters`,
      obstacle: away ?? (frame ? undefined : 'meter_frame_not_found'),
    },
    rotateCredential: { method: 'POST', permission: 'node:manage', href: `${one}/credentials/rotate` },
    startRecording: { method: 'POST', permission: 'recording:create', href: '/api/v1/recordings', obstacle: away },
  }
}

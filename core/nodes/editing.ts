import type { InterfaceId } from '../ids.ts'
import { operation } from '../operation.ts'
import { ok, refuse } from '../result.ts'
import { amendInterface, amendNode, amendPresence, type InterfaceAmendment, type NodeAmendment } from './amendment.ts'
import { issue } from './credential.ts'
import { snapshot } from './enrolment.ts'
import type { OfNode } from './operations.ts'
import { savedNode } from './saving.ts'

const one = { type: 'node', param: 'nodeId' } as const

export const updateNode = operation({
  audience: 'user',
  permission: 'node:manage',
  audit: 'nodes.update',
  target: one,

  run({ nodeId, ...asked }: OfNode & NodeAmendment, { live }) {
    const before = live.node(nodeId)
    if (!before) return refuse('not_found', 'node_not_found')
    const node = amendNode(before.node, asked)
    const presence = amendPresence(before.presence, asked)
    const ofPresence = asked.hostname !== undefined || asked.ipAddresses !== undefined
    return ok({
      value: { node, presence },
      changes: { ...savedNode(before.node, node), ...(ofPresence && { presences: [presence] }) },
      target: { type: 'node', id: nodeId, name: node.alias },
      before: snapshot(before.node, before.presence),
      after: snapshot(node, presence),
    })
  },
})

export interface OfInterface extends OfNode {
  readonly interfaceId: InterfaceId
}

export const updateInterface = operation({
  audience: 'user',
  permission: 'node:manage',
  audit: 'nodes.interfaces.update',
  target: { type: 'interface', param: 'interfaceId' },

  run({ nodeId, interfaceId, ...asked }: OfInterface & InterfaceAmendment, view) {
    const found = view.live.node(nodeId)
    // The gate looked at the interface: one that is named with another node is not this node's.
    if (!found || !view.covers({ type: 'node', id: nodeId })) return refuse('not_found', 'node_not_found')
    const device = found.node.interfaces.find(({ id }) => id === interfaceId)
    if (!device) return refuse('not_found', 'interface_not_found')
    const amended = amendInterface(device, asked)
    const node = {
      ...found.node,
      interfaces: found.node.interfaces.map((each) => (each === device ? amended : each)),
    }
    return ok({
      value: { ...found, node },
      changes: savedNode(found.node, node),
      target: { type: 'interface', id: interfaceId, name: amended.alias },
      details: { nodeAlias: node.alias, nodeId },
      before: device,
      after: amended,
    })
  },
})

/** The old credential is dead when the new one is answered; of rotations at once exactly one is left. */
export const rotateCredential = operation({
  audience: 'user',
  permission: 'node:manage',
  audit: 'nodes.credentials.rotate',
  target: one,

  run({ nodeId }: OfNode, view) {
    const found = view.live.node(nodeId)
    if (!found) return refuse('not_found', 'node_not_found')
    const old = view.live.credentialOf(nodeId)
    const { credential, token } = issue(nodeId, view)
    return ok({
      value: { ...found, credential, token },
      changes: { credentials: [...(old ? [{ ...old, revokedAt: view.mark.at }] : []), credential] },
      target: { type: 'node', id: nodeId, name: found.node.alias },
      details: { credentialId: credential.id, tokenPrefix: credential.tokenPrefix },
      ...(old && { before: { credentialId: old.id } }),
      after: { credentialId: credential.id },
    })
  },
})

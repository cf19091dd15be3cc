import type { Credential } from '../../core/nodes/credential.ts'
import { locationOf } from '../../core/nodes/enrolment.ts'
import type { Interface, Node } from '../../core/nodes/node.ts'
import type { Presence } from '../../core/nodes/presence.ts'
import type { PresentNode } from '../../core/ports/stores.ts'
import { iso } from '../../core/time.ts'

/** A node as the contract shows it. Unset members are absent, never null: an agent must be able to read this. */
export const nodeReply = ({ node, presence }: PresentNode) => ({ ...nodePart(node), ...presencePart(presence) })

export const nodeJson = (node: PresentNode): string => `{"data":${textOf(node)}}`

export const nodesJson = (nodes: readonly PresentNode[], meta: object): string =>
  `{"data":[${nodes.map(textOf).join(',')}],"meta":${JSON.stringify(meta)}}`

/** The same as JSON, for each beat: what an operator edits changes rarely, and is written once for as long as it stands. */
function textOf({ node, presence }: PresentNode): string {
  const part = written.get(node) ?? JSON.stringify(nodePart(node)).slice(0, -1)
  written.set(node, part)
  return `${part},${JSON.stringify(presencePart(presence)).slice(1)}`
}
const written = new WeakMap<Node, string>()

function nodePart(node: Node) {
  const { id, alias, roomId, notes, tags, audioDefaults, maxConcurrentRecordings, interfaces } = node
  return {
    id,
    alias,
    location: locationOf(node),
    ...(roomId !== undefined && { roomId }),
    tags,
    ...(notes !== undefined && { notes }),
    interfaces: interfaces.map(interfaceReply),
    ...(audioDefaults && { audioDefaults }),
    ...(maxConcurrentRecordings !== undefined && { recordingCapacity: { maxConcurrentRecordings } }),
  }
}

const presencePart = ({ agentVersion, hostname, ipAddresses, lastSeenAt, runtime, status }: Presence) => ({
  hostname,
  agentVersion,
  status,
  lastSeenAt: iso(lastSeenAt),
  ipAddresses,
  ...(runtime && { runtime }),
})

const interfaceReply = ({ agentId: _, ...shown }: Interface) => shown

/** The only place where a token is shown. */
export const credentialReply = ({ id, nodeId, tokenPrefix, createdAt }: Credential, token: string) => ({
  id,
  nodeId,
  token,
  tokenPrefix,
  createdAt: iso(createdAt),
})

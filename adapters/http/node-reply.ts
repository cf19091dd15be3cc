import type { Credential } from '../../core/nodes/credential.ts'
import { locationOf } from '../../core/nodes/enrolment.ts'
import type { Interface } from '../../core/nodes/node.ts'
import type { PresentNode } from '../../core/ports/stores.ts'
import { iso } from '../../core/time.ts'

/** A node as the contract shows it. Unset members are absent, never null: an agent must be able to read this. */
export function nodeReply({ node, presence }: PresentNode) {
  const { id, alias, roomId, notes, tags, audioDefaults, maxConcurrentRecordings, interfaces } = node
  const { agentVersion, hostname, ipAddresses, lastSeenAt, runtime, status } = presence
  return {
    id,
    alias,
    hostname,
    agentVersion,
    status,
    lastSeenAt: iso(lastSeenAt),
    location: locationOf(node),
    ...(roomId !== undefined && { roomId }),
    ipAddresses,
    tags,
    ...(notes !== undefined && { notes }),
    interfaces: interfaces.map(interfaceReply),
    ...(audioDefaults && { audioDefaults }),
    ...(maxConcurrentRecordings !== undefined && { recordingCapacity: { maxConcurrentRecordings } }),
    ...(runtime && { runtime }),
  }
}

const interfaceReply = ({ agentId: _, ...shown }: Interface) => shown

/** The only place where a token is shown. */
export const credentialReply = ({ id, nodeId, tokenPrefix, createdAt }: Credential, token: string) => ({
  id,
  nodeId,
  token,
  tokenPrefix,
  createdAt: iso(createdAt),
})

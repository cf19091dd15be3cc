import type { Credential } from '../../core/nodes/credential.ts'
import { locationOf } from '../../core/nodes/enrolment.ts'
import type { Interface, Node } from '../../core/nodes/node.ts'
import type { Presence, Said } from '../../core/nodes/presence.ts'
import type { PresentNode } from '../../core/ports/stores.ts'
import { iso } from '../../core/time.ts'
import { once } from '../system/once.ts'

/** A node as the contract shows it. Unset members are absent, never null: an agent must be able to read this. */
export const nodeReply = ({ node, presence }: PresentNode) => ({ ...nodePart(node), ...presencePart(presence) })

export const nodeJson = (node: PresentNode): string => `{"data":${textOf(node)}}`

export const nodesJson = (nodes: readonly PresentNode[], meta: object): string =>
  `{"data":[${nodes.map(textOf).join(',')}],"meta":${JSON.stringify(meta)}}`

/** The same as JSON, for each beat: what an operator edits, and what a node goes on saying, is written once for as long as it stands. */
function textOf({ node, presence: { said, uptimeSeconds, lastSeenAt } }: PresentNode): string {
  const uptime = said.runtime && uptimeSeconds !== undefined ? `,"uptimeSeconds":${uptimeSeconds}` : ''
  return `${nodeText(node)},"lastSeenAt":"${iso(lastSeenAt)}",${saidText(said)}${uptime}${said.runtime ? '}}' : '}'}`
}
const nodeText = once((node: Node) => JSON.stringify(nodePart(node)).slice(0, -1))
/** Up to where the runtime goes on with how long it has run. */
const saidText = once(({ runtime, ...said }: Said) => {
  const text = JSON.stringify(said).slice(1, -1)
  return runtime ? `${text},"runtime":${JSON.stringify(runtime).slice(0, -1)}` : text
})

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

const presencePart = ({ said: { runtime, ...said }, uptimeSeconds, lastSeenAt }: Presence) => ({
  ...said,
  lastSeenAt: iso(lastSeenAt),
  ...(runtime && { runtime: { ...runtime, ...(uptimeSeconds !== undefined && { uptimeSeconds }) } }),
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

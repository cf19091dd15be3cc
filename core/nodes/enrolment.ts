import type { InterfaceId, NodeId } from '../ids.ts'
import { introduced, type ReportedInterface } from './inventory.ts'
import type { AudioDefaults, Node } from './node.ts'
import { addressesKept, lasting, type Presence, type Runtime } from './presence.ts'

export interface Enrolment {
  readonly alias: string
  readonly hostname: string
  readonly location: Location
  readonly agentVersion?: string
  readonly interfaces?: readonly ReportedInterface[]
  readonly ipAddresses?: readonly string[]
  readonly notes?: string
  readonly tags?: readonly string[]
  readonly audioDefaults?: AudioDefaults
  readonly recordingCapacity?: { readonly maxConcurrentRecordings: number }
  readonly runtime?: Runtime
}

/** Text for people; what a room is to the rules is its id. */
export interface Location {
  readonly site: string
  readonly room: string
  readonly building?: string
  readonly floor?: string
}

/** A node that nobody has heard from yet. */
export function enrol(
  { location, alias, hostname, ...asked }: Enrolment,
  id: NodeId,
  now: number,
  newInterfaceId: () => InterfaceId,
): { readonly node: Node; readonly presence: Presence } {
  const node: Node = {
    id,
    version: 0,
    alias,
    ...location,
    ...(asked.notes && { notes: asked.notes }),
    tags: asked.tags ?? [],
    ...(asked.audioDefaults && { audioDefaults: asked.audioDefaults }),
    ...(asked.recordingCapacity && { maxConcurrentRecordings: asked.recordingCapacity.maxConcurrentRecordings }),
    interfaces: (asked.interfaces ?? []).map((each) => introduced(each, newInterfaceId())),
    createdAt: now,
  }
  const { agentVersion = 'unknown' } = asked
  const runtime = lasting(asked.runtime)
  const { uptimeSeconds } = asked.runtime ?? {}
  const presence: Presence = {
    nodeId: id,
    said: {
      status: 'provisioning',
      agentVersion,
      hostname,
      ipAddresses: addressesKept(asked.ipAddresses),
      ...(runtime && { runtime }),
    },
    ...(uptimeSeconds !== undefined && { uptimeSeconds }),
    lastSeenAt: now,
  }
  return { node, presence }
}

/** What the audit keeps of a node. */
export const snapshot = (node: Node, presence: Presence) => ({
  ...presence.said,
  alias: node.alias,
  ...(node.audioDefaults && { audioDefaults: node.audioDefaults }),
  interfaces: node.interfaces.length,
  location: locationOf(node),
  ...(node.notes !== undefined && { notes: node.notes }),
  ...(node.maxConcurrentRecordings !== undefined && {
    recordingCapacity: { maxConcurrentRecordings: node.maxConcurrentRecordings },
  }),
  tags: node.tags,
})

export const locationOf = ({ site, room, building, floor }: Node): Location => ({
  site,
  room,
  ...(building !== undefined && { building }),
  ...(floor !== undefined && { floor }),
})

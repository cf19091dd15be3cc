import type { Instant } from '../ids.ts'
import { containsText, sameText, within } from '../text.ts'
import type { Backend, Node } from './node.ts'
import { type NodeStatus, type Presence, type Said, statusAt } from './presence.ts'

export interface NodeFilter {
  /** A part of any text a person may know the node by. */
  readonly q?: string
  /** As readers see it: a silent node is offline. */
  readonly status?: NodeStatus
  readonly backend?: Backend
  readonly site?: string
  readonly building?: string
  readonly floor?: string
  readonly room?: string
  readonly lastSeenFrom?: Instant
  readonly lastSeenTo?: Instant
}

export function matchesNode(
  { q, status, backend, site, building, floor, room, lastSeenFrom, lastSeenTo }: NodeFilter,
  node: Node,
  presence: Presence,
  judgement: { readonly now: Instant; readonly offlineAfterSeconds: number },
): boolean {
  const seen = statusAt(presence, judgement.now, judgement.offlineAfterSeconds)
  return (
    (status === undefined || seen === status) &&
    (backend === undefined || backendsOf(node, presence.said).includes(backend)) &&
    (site === undefined || sameText(node.site, site)) &&
    (building === undefined || sameText(node.building, building)) &&
    (floor === undefined || sameText(node.floor, floor)) &&
    (room === undefined || sameText(node.room, room)) &&
    within(presence.lastSeenAt, lastSeenFrom, lastSeenTo) &&
    (q === undefined || containsText(`${textOf(node)}\n${textSaid(presence.said)}\n${seen}`, q))
  )
}

const backendsOf = ({ interfaces }: Node, { runtime }: Said): readonly Backend[] => [
  ...(runtime?.audioBackends ?? []),
  ...interfaces.map(({ backend }) => backend),
]

/** Everything in a node that a person may search for, a line each. */
export const textOf = (node: Node): string =>
  [
    ...[node.id, node.alias, node.site, node.room, node.building, node.floor, node.notes, ...node.tags],
    ...Object.values(node.audioDefaults ?? {}).map(String),
    ...node.interfaces.flatMap((each) => [
      ...[each.id, each.alias, each.systemName, each.systemRef, each.backend, each.hardwarePath, each.serialNumber],
      ...[each.channelCount, ...each.sampleRates].map(String),
      ...each.channels.flatMap(({ index, alias }) => [String(index), alias]),
    ]),
  ]
    .filter((text) => text !== undefined)
    .join('\n')

/** The same for what the node says of itself. */
export const textSaid = ({ hostname, agentVersion, ipAddresses, runtime }: Said): string =>
  [
    hostname,
    agentVersion,
    ...ipAddresses,
    runtime?.architecture,
    runtime?.kernelRelease,
    runtime?.osName,
    ...(runtime?.audioBackends ?? []),
  ]
    .filter((text) => text !== undefined)
    .join('\n')

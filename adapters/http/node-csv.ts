import { capacityOf, type Interface } from '../../core/nodes/node.ts'
import type { PresentNode } from '../../core/ports/stores.ts'
import { iso } from '../../core/time.ts'
import { type Column, csvReply } from './csv.ts'

/** In the contract's order. */
const columns: readonly Column<PresentNode>[] = [
  ['id', ({ node }) => node.id],
  ['alias', ({ node }) => node.alias],
  ['status', ({ presence }) => presence.said.status],
  ['site', ({ node }) => node.site],
  ['building', ({ node }) => node.building],
  ['floor', ({ node }) => node.floor],
  ['room', ({ node }) => node.room],
  ['hostname', ({ presence }) => presence.said.hostname],
  ['ip_addresses', ({ presence }) => list(presence.said.ipAddresses)],
  ['agent_version', ({ presence }) => presence.said.agentVersion],
  ['last_seen_at', ({ presence }) => iso(presence.lastSeenAt)],
  ['os_name', ({ presence }) => presence.said.runtime?.osName],
  ['kernel_release', ({ presence }) => presence.said.runtime?.kernelRelease],
  ['architecture', ({ presence }) => presence.said.runtime?.architecture],
  ['audio_backends', ({ presence }) => list(presence.said.runtime?.audioBackends ?? [])],
  ['max_concurrent_recordings', ({ node }) => capacityOf(node)],
  ['interface_count', ({ node }) => node.interfaces.length],
  ['interfaces', ({ node }) => list(node.interfaces.map(summary))],
  ['tags', ({ node }) => list(node.tags)],
  ['notes', ({ node }) => node.notes],
]

const list = (items: readonly string[]) => items.join('; ')

const summary = ({ alias, backend, systemName, channelCount, sampleRates, serialNumber, hardwarePath }: Interface) =>
  [
    `${alias} [${backend}] ${systemName} channels=${channelCount}`,
    ...(sampleRates.length > 0 ? [`rates=${sampleRates.join('/')}`] : []),
    ...(serialNumber ? [`serial=${serialNumber}`] : []),
    ...(hardwarePath ? [`path=${hardwarePath}`] : []),
  ].join(' ')

export const nodesCsv = async ({ nodes, at }: { readonly nodes: readonly PresentNode[]; readonly at: number }) =>
  csvReply('nodes', columns, nodes, at)

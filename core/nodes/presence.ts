import type { Instant, NodeId } from '../ids.ts'
import type { Backend } from './node.ts'

export const statuses = ['provisioning', 'online', 'offline', 'degraded', 'recording', 'alerting'] as const
export type NodeStatus = (typeof statuses)[number]

export interface Runtime {
  readonly architecture?: string
  readonly kernelRelease?: string
  readonly osName?: string
  readonly uptimeSeconds?: number
  readonly audioBackends: readonly Backend[]
}

/** What a node says of itself, and goes on saying. */
export interface Said {
  readonly status: NodeStatus
  readonly agentVersion: string
  readonly hostname: string
  readonly ipAddresses: readonly string[]
  readonly runtime?: Omit<Runtime, 'uptimeSeconds'>
}

/** When a node was last heard, and what it said. The last one wins, so it carries no version. */
export interface Presence {
  readonly nodeId: NodeId
  /** The very same for as long as the same is said. */
  readonly said: Said
  readonly uptimeSeconds?: number
  /** By the controller's clock. */
  readonly lastSeenAt: Instant
}

export interface Heartbeat {
  readonly agentVersion: string
  readonly hostname: string
  readonly ipAddresses?: readonly string[]
  readonly runtime?: Runtime
  readonly status?: NodeStatus
}

export const IP_ADDRESSES_MAX = 16

/**
 * What is said again is kept as it was said first: of a large fleet it would otherwise be replaced, equal by equal, all day long.
 * Being later, and having run longer, is liveness and no change.
 */
export function hear(last: Presence, beat: Heartbeat, now: Instant): Presence {
  const { uptimeSeconds } = beat.runtime ?? last
  const said = saidIn(beat, last.said)
  return { nodeId: last.nodeId, said, ...(uptimeSeconds !== undefined && { uptimeSeconds }), lastSeenAt: now }
}

/** An absent runtime keeps the old one; a node that speaks is neither provisioning nor offline. */
function saidIn(beat: Heartbeat, last: Said): Said {
  const { agentVersion, hostname, status = 'online' } = beat
  const runtime = sameRuntime(last.runtime, beat.runtime ?? last.runtime) ? last.runtime : lasting(beat.runtime)
  const said: Said = {
    status: status === 'provisioning' || status === 'offline' ? 'online' : status,
    agentVersion,
    hostname,
    ipAddresses: addressesKept(beat.ipAddresses),
    ...(runtime && { runtime }),
  }
  return same(last, said) ? last : said
}

export const addressesKept = (addresses: readonly string[] = []): readonly string[] =>
  addresses.length > IP_ADDRESSES_MAX ? addresses.slice(0, IP_ADDRESSES_MAX) : addresses

/** An agent may send more than is kept of it. */
export function lasting(runtime: Runtime | undefined): Said['runtime'] {
  if (runtime === undefined) return undefined
  const { architecture, kernelRelease, osName, audioBackends } = runtime
  return {
    ...(architecture !== undefined && { architecture }),
    ...(kernelRelease !== undefined && { kernelRelease }),
    ...(osName !== undefined && { osName }),
    audioBackends,
  }
}

/** Of two presences the one that was heard later stands, whichever is written last. */
export const isLater = (presence: Presence, known: Presence | undefined): boolean =>
  known === undefined || presence.lastSeenAt >= known.lastSeenAt

const same = (a: Said, b: Said): boolean =>
  a.status === b.status &&
  a.agentVersion === b.agentVersion &&
  a.hostname === b.hostname &&
  sameList(a.ipAddresses, b.ipAddresses) &&
  a.runtime === b.runtime

function sameRuntime(a: Said['runtime'], b: Said['runtime']): boolean {
  if (a === undefined || b === undefined || a === b) return a === b
  return (
    a.architecture === b.architecture &&
    a.kernelRelease === b.kernelRelease &&
    a.osName === b.osName &&
    sameList(a.audioBackends, b.audioBackends)
  )
}

const sameList = (a: readonly string[], b: readonly string[]) =>
  a === b || (a.length === b.length && a.every((each, i) => each === b[i]))

/**
 * The status that readers see: a node that has been silent for longer than the limit is offline, whatever it last said.
 * A limit of 0 turns the judgement off. Nothing is written back.
 */
export function statusAt({ said, lastSeenAt }: Presence, now: Instant, offlineAfterSeconds: number): NodeStatus {
  const { status } = said
  if (status === 'provisioning' || offlineAfterSeconds === 0) return status
  return Math.floor((now - lastSeenAt) / 1000) > offlineAfterSeconds ? 'offline' : status
}

export const isReachable = (status: NodeStatus): boolean => status !== 'offline' && status !== 'provisioning'

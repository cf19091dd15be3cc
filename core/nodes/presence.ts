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

/** What a node says of itself, last heard. The last one wins, so it carries no version. */
export interface Presence {
  readonly nodeId: NodeId
  readonly status: NodeStatus
  readonly agentVersion: string
  readonly hostname: string
  readonly ipAddresses: readonly string[]
  readonly runtime?: Runtime
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
 * An absent runtime keeps the old one; a node that speaks is neither provisioning nor offline. What is said again is kept as it
 * was said first: of a large fleet it would otherwise be replaced, equal by equal, all day long.
 */
export function hear(last: Presence, beat: Heartbeat, now: Instant): Presence {
  const runtime = beat.runtime ? runtimeHeard(last.runtime, beat.runtime) : last.runtime
  const reported = beat.status ?? 'online'
  const ipAddresses = (beat.ipAddresses ?? []).slice(0, IP_ADDRESSES_MAX)
  return {
    nodeId: last.nodeId,
    status: reported === 'provisioning' || reported === 'offline' ? 'online' : reported,
    agentVersion: beat.agentVersion === last.agentVersion ? last.agentVersion : beat.agentVersion,
    hostname: beat.hostname === last.hostname ? last.hostname : beat.hostname,
    ipAddresses: sameList(ipAddresses, last.ipAddresses) ? last.ipAddresses : ipAddresses,
    ...(runtime && { runtime }),
    lastSeenAt: now,
  }
}

function runtimeHeard(last: Runtime | undefined, said: Runtime): Runtime {
  const { uptimeSeconds } = said
  const known = lasting(onlyKnown(last !== undefined && sameRuntime(last, said) ? last : said))
  return uptimeSeconds === undefined ? known : { ...known, uptimeSeconds }
}

/** An agent may send more than is kept of it. */
export const onlyKnown = ({ architecture, kernelRelease, osName, uptimeSeconds, audioBackends }: Runtime): Runtime => ({
  ...(architecture !== undefined && { architecture }),
  ...(kernelRelease !== undefined && { kernelRelease }),
  ...(osName !== undefined && { osName }),
  ...(uptimeSeconds !== undefined && { uptimeSeconds }),
  audioBackends,
})

/** Of two presences the one that was heard later stands, whichever is written last. */
export const isLater = (presence: Presence, known: Presence | undefined): boolean =>
  known === undefined || presence.lastSeenAt >= known.lastSeenAt

/** What the audit keeps of a presence. Being later, and having run longer, is liveness and no change. */
export const said = ({ agentVersion, hostname, ipAddresses, runtime, status }: Presence) => ({
  agentVersion,
  hostname,
  ipAddresses,
  ...(runtime && { runtime: lasting(runtime) }),
  status,
})

export const differs = (a: Presence, b: Presence): boolean =>
  a.status !== b.status ||
  a.agentVersion !== b.agentVersion ||
  a.hostname !== b.hostname ||
  !sameList(a.ipAddresses, b.ipAddresses) ||
  !sameRuntime(a.runtime, b.runtime)

function sameRuntime(a: Runtime | undefined, b: Runtime | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return (
    a.architecture === b.architecture &&
    a.kernelRelease === b.kernelRelease &&
    a.osName === b.osName &&
    sameList(a.audioBackends, b.audioBackends)
  )
}

function lasting({ uptimeSeconds: _, ...rest }: Runtime): Omit<Runtime, 'uptimeSeconds'> {
  return rest
}

const sameList = (a: readonly string[], b: readonly string[]) =>
  a === b || (a.length === b.length && a.every((each, i) => each === b[i]))

/**
 * The status that readers see: a node that has been silent for longer than the limit is offline, whatever it last said.
 * A limit of 0 turns the judgement off. Nothing is written back.
 */
export function statusAt({ status, lastSeenAt }: Presence, now: Instant, offlineAfterSeconds: number): NodeStatus {
  if (status === 'provisioning' || offlineAfterSeconds === 0) return status
  return Math.floor((now - lastSeenAt) / 1000) > offlineAfterSeconds ? 'offline' : status
}

export const isReachable = (status: NodeStatus): boolean => status !== 'offline' && status !== 'provisioning'

import type { PendingLogin } from '../access/pending-login.ts'
import type { Session } from '../access/session.ts'
import type { Group, PolicyBook, User } from '../access/user.ts'
import type { AuditEntry } from '../audit/entry.ts'
import type { Seal } from '../audit/seal.ts'
import type { HealthEvent } from '../health/health-event.ts'
import type { AuditEventId, NodeId, UserId } from '../ids.ts'
import type { Job } from '../jobs/job.ts'
import type { OrderBook } from '../jobs/order-book.ts'
import type { Credential } from '../nodes/credential.ts'
import type { Node } from '../nodes/node.ts'
import type { Presence } from '../nodes/presence.ts'
import type { Chunk } from '../recordings/chunk.ts'
import type { Recording } from '../recordings/recording.ts'
import type { Stores } from './stores.ts'

/** What is saved carries the version it was read at; 0 is new. */
export interface Versioned {
  readonly id: string
  readonly version: number
}

/** The things that carry versions, by family. */
export interface Families {
  readonly users: User
  readonly groups: Group
  readonly policyBooks: PolicyBook
  readonly sessions: Session
  readonly pendingLogins: PendingLogin
  readonly nodes: Node
  readonly credentials: Credential
  readonly orderBooks: OrderBook
  readonly recordings: Recording
  readonly jobs: Job
  readonly chunks: Chunk
  readonly healthEvents: HealthEvent
  readonly seals: Seal
}
export type VersionedFamily = keyof Families
type Things = { readonly [F in VersionedFamily]?: readonly Families[F][] }

/**
 * Who goes first when more comes than can be written. Routine comes again by itself, and of those who are refused nothing is
 * kept but that they were: these are sent away before they wait for long.
 */
export const urgencies = ['urgent', 'ordinary', 'routine', 'refused'] as const
export type Urgency = (typeof urgencies)[number]

/** What one operation writes, audit included. */
export interface Changes extends Things {
  /** Ordinary, where it is not said. */
  readonly urgency?: Urgency
  /** Those of the nodes that stand where they stood in every rule: nobody's authority over them changes. */
  readonly unmoved?: readonly NodeId[]
  /** What is to be no more, as it was read. */
  readonly removed?: Things
  /** Every session of these users ends, one included that was begun while this was decided. */
  readonly signedOut?: readonly UserId[]
  /** Entries whose seal outlives them. */
  readonly thinned?: readonly AuditEventId[]
  /** Signs of life carry no version: the latest one wins. */
  readonly presences?: readonly Presence[]
  readonly audit?: readonly AuditEntry[]
}

/** In the order in which they are locked and written. */
export const versionedFamilies = [
  'users',
  'groups',
  'policyBooks',
  'sessions',
  'pendingLogins',
  'nodes',
  'credentials',
  'orderBooks',
  'recordings',
  'jobs',
  'chunks',
  'healthEvents',
  'seals',
] as const satisfies readonly VersionedFamily[]

/** Whether there is more in a commit than signs of life and audit, which most consist of. */
export function movesThings(changes: Changes): boolean {
  for (const member in changes) {
    if (member !== 'presences' && member !== 'audit' && member !== 'urgency') return true
  }
  return false
}

/** Everything in a commit that must not have moved on since it was read, by family. */
export function versionedIn(changes: Changes, family: VersionedFamily): readonly Versioned[] {
  const removed: readonly Versioned[] = changes.removed?.[family] ?? []
  const moved: readonly Versioned[] = changes[family] ?? []
  return removed.length > 0 ? [...moved, ...removed] : moved
}

/**
 * Whether a commit may take authority away from someone: then the epoch moves on, and whatever was decided under the old
 * one is decided again. What is new was nobody's, so it takes nothing away; nor does what a group is called.
 */
export function revokes(changes: Changes): boolean {
  const { users, policyBooks, sessions, nodes, unmoved, credentials, removed, signedOut } = changes
  const moved = nodes?.filter(({ id }) => !unmoved?.includes(id))
  return (
    [users, moved].some((family) => family?.some(({ version }) => version > 0)) ||
    [sessions, credentials].some((family) => family?.some(({ revokedAt }) => revokedAt !== undefined)) ||
    policyBooks !== undefined ||
    [removed?.users, removed?.groups, removed?.sessions, signedOut].some((family) => (family?.length ?? 0) > 0)
  )
}

/** As it stands once it has been saved. */
export const saved = <T extends Versioned>(thing: T): T => ({ ...thing, version: thing.version + 1 })

/** The same things as they stand once the commit has happened. */
export function oneVersionOn(changes: Changes): Changes {
  if (!movesThings(changes)) return changes
  const moved = versionedFamilies.flatMap((family) => {
    const things = changes[family]
    return things ? [[family, things.map(saved)]] : []
  })
  return { ...changes, ...Object.fromEntries(moved) }
}

export interface Loaded {
  readonly changes: Changes
  readonly epoch: number
}

/** What keeps the live state true. */
export interface Listener {
  /** Every commit, once it has happened, in order. */
  committed(changes: Changes, epoch: number): void
  /** Everything anew: what happened meanwhile is not known, as after a commit that had no answer. */
  reloaded(loaded: Loaded): void
}

export interface Storage {
  readonly stores: Stores
  /**
   * The only way to write. All or nothing, and durable when it settles.
   * Throws Stale when something saved has moved on since it was read, when what must be unique is taken, when others had to
   * be let through first, or when authority has moved on from `epoch`, where that is given; Overloaded, when there is no room
   * for one as urgent as this, or not soon. In either case nothing was written.
   */
  commit(changes: Changes, epoch?: number): Promise<void>
  /** False from a commit that failed, for whatever reason but Stale, until one that carried audit did not. */
  auditing(): boolean
  /** Everything the live state starts from. */
  load(): Promise<Loaded>
  /** The caller keeps losing against what it cannot see: the live state is read anew before the next commit. */
  doubt(): void
  /** Asks the database anything at all. Throws StorageUnavailable when it does not answer. */
  ping(): Promise<void>
  close(): Promise<void>
}

/** Something had moved on; nothing was written. Decide again on what is true now. */
export class Stale extends Error {
  override readonly name = 'Stale'
}

/** Not known to be written. The caller is told so, and learns the truth by asking again. */
export class StorageUnavailable extends Error {
  override readonly name: string = 'StorageUnavailable'
}

/** Nothing was written, nor will be: more has come than can be written in time. */
export class Overloaded extends StorageUnavailable {
  override readonly name = 'Overloaded'
}

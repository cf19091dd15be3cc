import type { PendingLogin } from '../access/pending-login.ts'
import type { Scope } from '../access/scope.ts'
import type { Session } from '../access/session.ts'
import type { User } from '../access/user.ts'
import type { AuditEntry, RecordedEntry } from '../audit/entry.ts'
import type { Tally } from '../audit/facets.ts'
import type { AuditFilter } from '../audit/filter.ts'
import type { Seal, SealHead } from '../audit/seal.ts'
import type { HealthEvent } from '../health/health-event.ts'
import type { AuditEventId, Instant, JobId, NodeId, RecordingId, RoomId, ScheduleId, UserId } from '../ids.ts'
import type { JobFilter, JobSummary } from '../jobs/filter.ts'
import type { Job } from '../jobs/job.ts'
import type { OrderBook } from '../jobs/order-book.ts'
import type { NodeFilter } from '../nodes/filter.ts'
import type { Node } from '../nodes/node.ts'
import type { Presence } from '../nodes/presence.ts'
import type { Found, Page } from '../page.ts'
import type { Chunk } from '../recordings/chunk.ts'
import type { RecordingFilter } from '../recordings/filter.ts'
import type { Recording } from '../recordings/recording.ts'

/** Reads, one port a noun. Lists show only what the scope covers, and count only that. */
export interface Stores {
  readonly users: Users
  readonly sessions: Sessions
  readonly pendingLogins: PendingLogins
  readonly nodes: Nodes
  readonly recordings: Recordings
  readonly jobs: Jobs
  readonly healthEvents: HealthEvents
  readonly audit: Audit
  readonly seals: Seals
}

export interface Users {
  findByEmail(email: string): Promise<User | null>
}

export interface Sessions {
  /** Those that had run out or were revoked by then. */
  ended(by: Instant, limit: number): Promise<readonly Session[]>
}

export interface PendingLogins {
  find(id: string): Promise<PendingLogin | null>
  /** Those that have run out, and whatever is older than the newest `keep`; the oldest first. */
  surplus(now: Instant, keep: number, limit: number): Promise<readonly PendingLogin[]>
}

export interface PresentNode {
  readonly node: Node
  readonly presence: Presence
}

/** How a silent node is judged while it is listed. */
export interface Judgement {
  readonly now: Instant
  readonly offlineAfterSeconds: number
}

export type Glimpse = Pick<Presence, 'nodeId' | 'lastSeenAt'>

export interface Nodes {
  /** Who is on the page, by alias, then id, and when each was last heard by anybody. What they are is live. */
  list(filter: NodeFilter, scope: Scope, page: Page, judgement: Judgement): Promise<Found<Glimpse>>
  presences(ids: readonly NodeId[]): Promise<readonly Presence[]>
  /** The page that the next order to this node is written on. */
  orderBook(id: NodeId): Promise<OrderBook>
}

/** What a recording hangs on, for those who may see it through that. */
export interface Place {
  readonly nodeId?: NodeId
  readonly roomId?: RoomId
  readonly scheduleId?: ScheduleId
}

export interface Recordings {
  find(id: RecordingId): Promise<Recording | null>
  placeOf(id: RecordingId): Promise<Place | null>
  /** In their order. */
  chunksOf(id: RecordingId): Promise<readonly Chunk[]>
  list(filter: RecordingFilter, scope: Scope, page: Page): Promise<Found<Recording>>
}

export interface Jobs {
  find(id: JobId): Promise<Job | null>
  /** Newest first; the summary covers every match. */
  list(filter: JobFilter, scope: Scope, page: Page): Promise<Found<Job> & { readonly summary: JobSummary }>
  /** Queued, running or about to stop, with the instant its capture counts from. */
  activeOn(nodeId: NodeId): Promise<readonly { readonly job: Job; readonly recording: Recording }[]>
  /** All jobs of a recording, newest first. */
  ofRecording(id: RecordingId): Promise<readonly Job[]>
  /** Jobs whose lease has run out, longest ago first. */
  lapsed(now: Instant, leaseMs: number, limit: number): Promise<readonly Job[]>
}

export interface HealthEvents {
  unresolvedOf(recordingId: RecordingId): Promise<readonly HealthEvent[]>
  /** What is unresolved about a node, or about anything it reported. */
  unresolvedOn(nodeId: NodeId): Promise<readonly HealthEvent[]>
  /** What a node reported under a name of its own. */
  reportedAs(nodeId: NodeId, localEventId: string): Promise<readonly HealthEvent[]>
}

export interface AuditReader {
  readonly scope: Scope
  /** A user always sees what it did itself. */
  readonly self: UserId
}

/** By the moments of the entries, as lists are; or in the order in which they were committed. */
export type AuditOrder = 'newest first' | 'as recorded'

export interface AuditStream {
  /** How many there are. */
  readonly count: number
  readonly batches: AsyncIterable<readonly AuditEntry[]>
}

export interface Audit {
  find(id: AuditEventId, reader: AuditReader): Promise<AuditEntry | null>
  /** Newest first. */
  list(filter: AuditFilter, reader: AuditReader, page: Page): Promise<Found<AuditEntry>>
  /** How many of each kind match. */
  tally(filter: AuditFilter, reader: AuditReader): Promise<readonly Tally[]>
  /** All that match at this moment, a batch at a time. What is recorded while it is read is not among them. */
  stream(filter: AuditFilter, reader: AuditReader, order: AuditOrder): Promise<AuditStream>
  /** The number of the newest entry, 0 where there is none. */
  head(): Promise<number>
  /** Those with greater numbers, in their order, whoever may see them. */
  after(seq: number, limit: number, filter?: AuditFilter): Promise<readonly RecordedEntry[]>
  /** Fleeting entries from before that moment whose seal outlives them, oldest first. */
  thinnable(before: Instant, limit: number): Promise<readonly RecordedEntry[]>
}

export interface Seals {
  last(): Promise<SealHead | null>
  /** Newest first. */
  list(page: Page): Promise<Found<SealHead>>
  /** The one that covers this number; else the next one. */
  from(seq: number): Promise<Seal | null>
}

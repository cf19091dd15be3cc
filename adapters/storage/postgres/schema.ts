import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  uniqueIndex,
} from 'drizzle-orm/pg-core'
import type { Role } from '../../../core/access/permission.ts'
import type { AccessPolicy, Grant } from '../../../core/access/rule.ts'
import type { User } from '../../../core/access/user.ts'
import type { Heard } from '../../../core/audio/heard.ts'
import type { EventStatus, Severity } from '../../../core/health/health-event.ts'
import type * as Id from '../../../core/ids.ts'
import type { Command } from '../../../core/jobs/command.ts'
import type { JobStatus } from '../../../core/jobs/job.ts'
import type { AudioDefaults, CaptureBackend, Interface } from '../../../core/nodes/node.ts'
import type { NodeStatus, Said } from '../../../core/nodes/presence.ts'
import type { Chunk } from '../../../core/recordings/chunk.ts'
import type { HealthStatus, RecordingStatus } from '../../../core/recordings/recording.ts'
import type { Waveform } from '../../../core/recordings/waveform.ts'
import { instant } from './columns.ts'

const version = () => integer().notNull()

/** One row: the number that moves on when authority may have been taken from someone. */
export const authority = pgTable('authority', {
  id: integer().primaryKey(),
  epoch: bigint({ mode: 'number' }).notNull(),
})

export const users = pgTable(
  'users',
  {
    id: text().$type<Id.UserId>().primaryKey(),
    version: version(),
    email: text().notNull(),
    name: text().notNull(),
    provider: text().$type<User['provider']>().notNull(),
    externalId: text(),
    passwordHash: text(),
    roles: text().array().$type<readonly Role[]>().notNull(),
    groupIds: text().array().$type<readonly Id.GroupId[]>().notNull(),
    grants: jsonb().$type<readonly Grant[]>().notNull(),
    createdAt: instant().notNull(),
    disabledAt: instant(),
  },
  (table) => [uniqueIndex('users_email').on(table.email), uniqueIndex('users_external_id').on(table.externalId)],
)

export const groups = pgTable('groups', {
  id: text().$type<Id.GroupId>().primaryKey(),
  version: version(),
  name: text().notNull(),
  description: text(),
  createdAt: instant().notNull(),
  updatedAt: instant().notNull(),
})

export const policyBooks = pgTable('policy_books', {
  id: text().$type<'access-policies'>().primaryKey(),
  version: version(),
  policies: jsonb().$type<readonly AccessPolicy[]>().notNull(),
})

export const sessions = pgTable(
  'sessions',
  {
    id: text().$type<Id.SessionId>().primaryKey(),
    version: version(),
    tokenHash: text().notNull(),
    userId: text().$type<Id.UserId>().notNull(),
    createdAt: instant().notNull(),
    expiresAt: instant().notNull(),
    revokedAt: instant(),
    ipAddress: text(),
    userAgent: text(),
  },
  (table) => [uniqueIndex('sessions_token_hash').on(table.tokenHash), index('sessions_user').on(table.userId)],
)

/** Few, and short-lived. */
export const pendingLogins = pgTable(
  'pending_logins',
  {
    id: text().primaryKey(),
    version: version(),
    verifier: text().notNull(),
    nonce: text().notNull(),
    returnTo: text().notNull(),
    createdAt: instant().notNull(),
    expiresAt: instant().notNull(),
  },
  (table) => [index('pending_logins_expires_at').on(table.expiresAt)],
)

export const nodes = pgTable(
  'nodes',
  {
    id: text().$type<Id.NodeId>().primaryKey(),
    version: version(),
    alias: text().notNull(),
    site: text().notNull(),
    room: text().notNull(),
    building: text(),
    floor: text(),
    roomId: text().$type<Id.RoomId>(),
    notes: text(),
    tags: text().array().$type<readonly string[]>().notNull(),
    audioDefaults: jsonb().$type<AudioDefaults>(),
    maxConcurrentRecordings: integer(),
    interfaces: jsonb().$type<readonly Interface[]>().notNull(),
    createdAt: instant().notNull(),
    /** Every room the node serves: a scope that names one of them covers it. */
    rooms: text().array().$type<readonly string[]>().notNull(),
    /** The backends of its interfaces. */
    backends: text().array().$type<readonly string[]>().notNull(),
    /** All that a person may search for, in lower case. */
    searchText: text().notNull(),
  },
  (table) => [
    index('nodes_alias').on(table.alias, table.id),
    index('nodes_site').on(table.site),
    index('nodes_rooms').using('gin', table.rooms),
  ],
)

/** Hot: one narrow row a node, apart from what operators edit; room is left on each page to update in place. */
export const presences = pgTable('presences', {
  nodeId: text().$type<Id.NodeId>().primaryKey(),
  status: text().$type<NodeStatus>().notNull(),
  agentVersion: text().notNull(),
  hostname: text().notNull(),
  ipAddresses: text().array().$type<readonly string[]>().notNull(),
  runtime: jsonb().$type<NonNullable<Said['runtime']>>(),
  uptimeSeconds: doublePrecision(),
  lastSeenAt: instant().notNull(),
})

export const credentials = pgTable(
  'credentials',
  {
    id: text().$type<Id.CredentialId>().primaryKey(),
    version: version(),
    nodeId: text().$type<Id.NodeId>().notNull(),
    tokenHash: text().notNull(),
    tokenPrefix: text().notNull(),
    createdAt: instant().notNull(),
    revokedAt: instant(),
  },
  (table) => [
    uniqueIndex('credentials_token_hash').on(table.tokenHash),
    uniqueIndex('credentials_active').on(table.nodeId).where(sql`${table.revokedAt} is null`),
  ],
)

export const orderBooks = pgTable('order_books', { id: text().$type<Id.NodeId>().primaryKey(), version: version() })

export const recordings = pgTable(
  'recordings',
  {
    id: text().$type<Id.RecordingId>().primaryKey(),
    version: version(),
    name: text().notNull(),
    folder: text().notNull(),
    tags: text().array().$type<readonly string[]>().notNull(),
    notes: text(),
    status: text().$type<RecordingStatus>().notNull(),
    source: text().$type<'ad_hoc' | 'schedule'>().notNull(),
    healthStatus: text().$type<HealthStatus>().notNull(),
    recordedAt: instant().notNull(),
    durationSeconds: integer().notNull(),
    cached: boolean().notNull(),
    cachePath: text(),
    rawCachePath: text(),
    rawChecksum: text(),
    enhancedCachePath: text(),
    checksum: text(),
    sizeBytes: bigint({ mode: 'number' }),
    waveformPreview: jsonb().$type<Waveform>(),
    chunkCount: integer(),
    nodeId: text().$type<Id.NodeId>(),
    roomId: text().$type<Id.RoomId>(),
    scheduleId: text().$type<Id.ScheduleId>(),
    recordingProfileId: text(),
    retentionPolicyId: text(),
    uploadPolicyIds: text().array().$type<readonly string[]>(),
    watchdogPolicyId: text(),
    searchText: text().notNull(),
  },
  (table) => [
    index('recordings_recorded_at').on(table.recordedAt.desc(), table.id),
    index('recordings_node').on(table.nodeId, table.recordedAt.desc()),
    index('recordings_room').on(table.roomId, table.recordedAt.desc()),
    index('recordings_status').on(table.status, table.recordedAt.desc()),
  ],
)

export const jobs = pgTable(
  'jobs',
  {
    id: text().$type<Id.JobId>().primaryKey(),
    version: version(),
    nodeId: text().$type<Id.NodeId>().notNull(),
    recordingId: text().$type<Id.RecordingId>().notNull(),
    status: text().$type<JobStatus>().notNull(),
    command: jsonb().$type<Command>().notNull(),
    createdAt: instant().notNull(),
    claimedBy: text().$type<Id.NodeId>(),
    startedAt: instant(),
    lastHeartbeatAt: instant(),
    leaseExpiresAt: instant(),
    stopRequestedAt: instant(),
    completedAt: instant(),
    failureReason: text(),
    captureBackend: text().$type<CaptureBackend>().notNull(),
    captureInterfaceId: text(),
    searchText: text().notNull(),
  },
  (table) => [
    // Finished jobs are the many: what is asked about the few must not read them.
    index('jobs_active').on(table.nodeId, table.status).where(sql`${table.completedAt} is null`),
    index('jobs_lease').on(table.leaseExpiresAt).where(sql`${table.status} = 'running'`),
    index('jobs_stop').on(table.stopRequestedAt).where(sql`${table.status} = 'stop_requested'`),
    index('jobs_recording').on(table.recordingId),
    index('jobs_created_at').on(table.createdAt.desc(), table.id.desc()),
  ],
)

export const recordingChunks = pgTable(
  'recording_chunks',
  {
    id: text().primaryKey(),
    version: version(),
    recordingId: text().$type<Id.RecordingId>().notNull(),
    jobId: text().$type<Id.JobId>().notNull(),
    index: integer().notNull(),
    total: integer(),
    status: text().$type<Chunk['status']>().notNull(),
    createdAt: instant().notNull(),
    cachedAt: instant(),
    durationSeconds: integer().notNull(),
    offsetSeconds: integer().notNull(),
    sizeBytes: bigint({ mode: 'number' }),
    checksum: text(),
    cachePath: text(),
    rawCachePath: text(),
    rawChecksum: text(),
    enhancedCachePath: text(),
    heard: jsonb().$type<Heard>(),
  },
  (table) => [uniqueIndex('recording_chunks_place').on(table.recordingId, table.index)],
)

export const healthEvents = pgTable(
  'health_events',
  {
    id: text().$type<Id.HealthEventId>().primaryKey(),
    version: version(),
    type: text().notNull(),
    severity: text().$type<Severity>().notNull(),
    status: text().$type<EventStatus>().notNull(),
    details: jsonb().$type<Readonly<Record<string, unknown>>>().notNull(),
    nodeId: text().$type<Id.NodeId>(),
    recordingId: text().$type<Id.RecordingId>(),
    scheduleId: text().$type<Id.ScheduleId>(),
    localEventId: text(),
    openedAt: instant().notNull(),
    acknowledgedAt: instant(),
    acknowledgedBy: text().$type<Id.UserId>(),
    suppressedAt: instant(),
    suppressedBy: text().$type<Id.UserId>(),
    suppressedUntil: instant(),
    resolvedAt: instant(),
    resolvedBy: text(),
  },
  (table) => [
    index('health_events_opened_at').on(table.openedAt.desc(), table.id.desc()),
    index('health_events_unresolved').on(table.recordingId).where(sql`${table.status} <> 'resolved'`),
    index('health_events_unresolved_node').on(table.nodeId).where(sql`${table.status} <> 'resolved'`),
    index('health_events_reported').on(table.nodeId, table.localEventId),
  ],
)

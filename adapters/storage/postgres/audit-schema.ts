import { bigint, boolean, index, integer, jsonb, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core'
import type { AuditActor } from '../../../core/access/actor.ts'
import type { Permission, Role } from '../../../core/access/permission.ts'
import type { Outcome } from '../../../core/audit/entry.ts'
import type * as Id from '../../../core/ids.ts'
import { instant } from './columns.ts'

/** One row: how many entries there have been. Whoever appends takes its numbers here, and keeps others out until it commits. */
export const auditHead = pgTable('audit_head', {
  id: integer().primaryKey(),
  seq: bigint({ mode: 'number' }).notNull(),
  /** How many commits have changed what controllers hold in memory. */
  moved: bigint({ mode: 'number' }).notNull().default(0),
})

/** Appended, never changed. */
export const audit = pgTable(
  'audit',
  {
    seq: bigint({ mode: 'number' }).primaryKey(),
    id: text().$type<Id.AuditEventId>().notNull(),
    createdAt: instant().notNull(),
    action: text().notNull(),
    outcome: text().$type<Outcome>().notNull(),
    actorType: text().$type<AuditActor['type']>().notNull(),
    actorId: text().notNull(),
    actorName: text().notNull(),
    actorRoles: text().array().$type<readonly Role[]>().notNull(),
    ipAddress: text(),
    sessionId: text(),
    userAgent: text(),
    targetType: text().notNull(),
    targetId: text(),
    targetName: text(),
    targetKin: text().array().$type<readonly string[]>().notNull(),
    permission: text().$type<Permission>(),
    reason: text(),
    details: jsonb().$type<Readonly<Record<string, unknown>>>().notNull(),
    correlationIds: jsonb().$type<Readonly<Record<string, string>>>().notNull(),
    before: jsonb().$type<object>(),
    after: jsonb().$type<object>(),
    fleeting: boolean(),
  },
  (table) => [
    uniqueIndex('audit_id').on(table.id),
    index('audit_created_at').on(table.createdAt.desc(), table.id.desc()),
    index('audit_outcome').on(table.outcome, table.createdAt.desc()),
    index('audit_actor').on(table.actorId, table.createdAt.desc()),
  ],
)

export const seals = pgTable(
  'seals',
  {
    id: text().primaryKey(),
    version: integer().notNull(),
    number: integer().notNull(),
    firstSeq: bigint({ mode: 'number' }).notNull(),
    lastSeq: bigint({ mode: 'number' }).notNull(),
    sealedAt: instant().notNull(),
    leaves: text().array().$type<readonly string[]>().notNull(),
    previous: text(),
    hash: text().notNull(),
    keyId: text().notNull(),
    publicKey: text().notNull(),
    signature: text().notNull(),
  },
  (table) => [uniqueIndex('seals_number').on(table.number), uniqueIndex('seals_last_seq').on(table.lastSeq)],
)

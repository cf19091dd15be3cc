import { sql } from 'drizzle-orm'
import { bigint, boolean, index, integer, jsonb, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import type { AuditActor } from '../../../../core/access/actor.ts'
import type { Permission, Role } from '../../../../core/access/permission.ts'
import type { Outcome } from '../../../../core/audit/entry.ts'
import type * as Id from '../../../../core/ids.ts'
import { instant } from '../columns.ts'

/** One row: how many entries there have been. Whoever appends takes its numbers here, and keeps others out until it commits. */
export const auditHead = pgTable('audit_head', {
  id: integer().primaryKey(),
  seq: bigint({ mode: 'number' }).notNull(),
  /** How many commits have changed what controllers hold in memory. */
  moved: bigint({ mode: 'number' }).notNull().default(0),
  /** How many of them are gone. */
  thinned: bigint({ mode: 'number' }).notNull().default(0),
})

/** What happened, without when, to what and by whom; some hundred rows. What they once were they stay, so they are only added. */
export const auditKinds = pgTable('audit_kinds', {
  id: uuid().primaryKey(),
  action: text().notNull(),
  outcome: text().$type<Outcome>().notNull(),
  actorType: text().$type<AuditActor['type']>().notNull(),
  targetType: text().notNull(),
  permission: text().$type<Permission>(),
  reason: text(),
})

/*
 * Some of the indexes include more columns in the migrations than can be said here, so that what is counted and chosen by is
 * read off them, without a look at the table.
 */

/**
 * Who did something to what, and by what that is seen: once for each, however often. They are looked through, by text and by
 * scope, in place of the entries, and a sign of life that is like the one before costs no index anything here.
 */
export const auditParties = pgTable(
  'audit_parties',
  {
    id: uuid().primaryKey(),
    actorText: text().notNull(),
    targetText: text().notNull(),
    doneBy: text(),
    isOpen: boolean().notNull(),
    kin: text().array().$type<readonly string[]>().notNull(),
    kinTypes: text().array().$type<readonly string[]>().notNull(),
    kinIds: text().array().$type<readonly string[]>().notNull(),
  },
  (table) => [
    index('audit_parties_text').using('gin', table.actorText.op('gin_trgm_ops'), table.targetText.op('gin_trgm_ops')),
    index('audit_parties_kin').using('gin', table.kin, table.kinTypes, table.kinIds),
    index('audit_parties_done_by').on(table.doneBy),
    index('audit_parties_open').on(table.id).where(sql`${table.isOpen}`),
  ],
)

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
    kind: uuid().notNull(),
    parties: uuid().notNull(),
  },
  (table) => [
    uniqueIndex('audit_id').on(table.id),
    index('audit_created_at').on(table.createdAt, table.id),
    index('audit_fleeting').on(table.seq).where(sql`${table.fleeting}`),
    index('audit_kind').on(table.kind, table.createdAt, table.id),
    // To count by: what is alike lies in it once.
    index('audit_counted').on(table.kind, table.parties),
    index('audit_parties_at').on(table.parties, table.createdAt, table.id),
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

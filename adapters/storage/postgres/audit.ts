import { and, asc, desc, eq, gt, gte, lt, lte, type SQL, sql } from 'drizzle-orm'
import type { AnyPgColumn } from 'drizzle-orm/pg-core'
import type { Match } from '../../../core/access/rule.ts'
import type { Scope } from '../../../core/access/scope.ts'
import { AND, scopedTargetTypes } from '../../../core/audit/entry.ts'
import type { AuditFilter } from '../../../core/audit/filter.ts'
import type { Audit, AuditReader } from '../../../core/ports/stores.ts'
import { audit, auditHead, seals } from './audit-schema.ts'
import { contains, count, type Read } from './reader.ts'
import { toAuditEntry, toRecordedEntry } from './rows.ts'
import { either, textArray } from './visible.ts'

export function auditOver(read: Read): Audit {
  return {
    find: (id, reader) =>
      read(async (db) => {
        const [row] = await db
          .select()
          .from(audit)
          .where(and(eq(audit.id, id), readable(reader)))
        return row ? toAuditEntry(row) : null
      }),
    list: (filter, reader, { limit, offset }) =>
      read(async (db) => {
        const where = and(readable(reader), ...conditions(filter))
        const newestFirst = [desc(audit.createdAt), desc(audit.id)]
        const [rows, [counted]] = await Promise.all([
          db
            .select()
            .from(audit)
            .where(where)
            .orderBy(...newestFirst)
            .limit(limit)
            .offset(offset),
          db.select({ total: count }).from(audit).where(where),
        ])
        return { items: rows.map(toAuditEntry), total: counted?.total ?? 0 }
      }),
    head: () =>
      read(async (db) => {
        const [head] = await db.select().from(auditHead)
        return head?.seq ?? 0
      }),
    after: (seq, limit, filter = {}) =>
      read(async (db) => {
        const where = and(gt(audit.seq, seq), ...conditions(filter))
        return (await db.select().from(audit).where(where).orderBy(asc(audit.seq)).limit(limit)).map(toRecordedEntry)
      }),
    thinnable: (before, limit) =>
      read(async (db) => {
        const sealed = lte(audit.seq, db.select({ last: sql`coalesce(max(${seals.lastSeq}), 0)` }).from(seals))
        const where = and(audit.fleeting, sealed, lt(audit.createdAt, before))
        return (await db.select().from(audit).where(where).orderBy(asc(audit.seq)).limit(limit)).map(toRecordedEntry)
      }),
  }
}

/** What `isVisible` of core says, in SQL. */
const readable = ({ scope, self }: AuditReader): SQL =>
  scope.all && scope.denied.length === 0
    ? sql`true`
    : sql`((${audit.actorType} = 'user' and ${audit.actorId} = ${self})
        or (not ${isOfSeveral}
          and (${audit.targetId} is null or ${audit.targetType} <> all(${textArray([...scopedTargetTypes])})))
        or ${within(scope)})`

const isOfSeveral = sql`coalesce(${audit.targetKin}[1] = ${AND}, false)`

const within = ({ all, allowed, denied, rooms }: Scope): SQL => {
  const opened = [...allowed, ...rooms.map((id) => ({ type: 'room', id }))]
  const open = all ? sql`true` : sql`${names(opened)} and (not ${isOfSeveral} or ${namesEach(opened)})`
  return sql`(${open} and not ${names(denied)})`
}

/** Whether the rules name any of the kin of every single thing. */
const namesEach = (rules: readonly Match[]): SQL =>
  sql`not exists (
    select from (
      select k, count(*) filter (where k = ${AND}) over (order by n) as thing
      from unnest(${audit.targetKin}) with ordinality as named(k, n)
    ) as each
    group by thing having not bool_or(k <> ${AND} and ${either(rules.map(isNamed))}))`

const isNamed = ({ type, id }: Match): SQL => {
  const typed = type === '*' ? sql`true` : sql`split_part(k, ':', 1) = ${type}`
  const named = id === '*' ? sql`true` : sql`substr(k, position(':' in k) + 1) = ${id}`
  return sql`(${typed} and ${named})`
}

/** Whether any of the rules names any of the kin. Without a wildcard that is one question to the index. */
function names(rules: readonly Match[]): SQL {
  if (rules.length === 0) return sql`false`
  const exact = rules.filter(({ type, id }) => type !== '*' && id !== '*').map(({ type, id }) => `${type}:${id}`)
  const wild = rules.filter(({ type, id }) => type === '*' || id === '*')
  const conditions = [
    ...(exact.length > 0 ? [sql`${audit.targetKin} && ${textArray(exact)}`] : []),
    ...wild.map(
      (rule) => sql`exists (select from unnest(${audit.targetKin}) k where k <> ${AND} and ${isNamed(rule)})`,
    ),
  ]
  return either(conditions)
}

function conditions(filter: AuditFilter): (SQL | undefined)[] {
  const { id, outcome, permission, from, to } = filter
  const part = (text: string | undefined, ...columns: readonly AnyPgColumn[]) =>
    text === undefined
      ? undefined
      : sql`(${sql.join(
          columns.map((column) => contains(sql`lower(coalesce(${column}, ''))`, text)),
          sql` or `,
        )})`
  return [
    id === undefined ? undefined : sql`${audit.id} = ${id}`,
    outcome && eq(audit.outcome, outcome),
    permission && eq(audit.permission, permission),
    from === undefined ? undefined : gte(audit.createdAt, from),
    to === undefined ? undefined : lte(audit.createdAt, to),
    part(filter.action, audit.action),
    part(filter.actor, audit.actorId, audit.actorName),
    part(filter.target, audit.targetId, audit.targetName, audit.targetType),
    part(filter.reason, audit.reason),
  ]
}

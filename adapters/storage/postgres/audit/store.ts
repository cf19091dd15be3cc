import { and, asc, desc, eq, getTableColumns, gt, lt, lte, sql } from 'drizzle-orm'
import { everything } from '../../../../core/access/scope.ts'
import type { AuditEntry } from '../../../../core/audit/entry.ts'
import { kindOf, type Tally } from '../../../../core/audit/facets.ts'
import { type AuditFilter, isVisible, matchesAudit } from '../../../../core/audit/filter.ts'
import type { AuditEventId, UserId } from '../../../../core/ids.ts'
import type { Page } from '../../../../core/page.ts'
import type { Audit, AuditReader } from '../../../../core/ports/stores.ts'
import { packed } from '../packed.ts'
import type { Database, Read } from '../reader.ts'
import { type Answered, AuditCounts } from './counts.ts'
import { pageOf } from './page.ts'
import { matching, questionOf } from './question.ts'
import { toAuditEntry, toRecordedEntry } from './rows.ts'
import { audit, auditHead, seals } from './schema.ts'
import { batchesOf } from './stream.ts'

const entries = packed(getTableColumns(audit))
/** Whoever seals sees everything, and has done none of it. */
const sealer: AuditReader = { scope: everything, self: '' as UserId }

export function auditOver(read: Read): Audit {
  const counts = new AuditCounts()
  const answer = (filter: AuditFilter, reader: AuditReader) => read((db) => counts.answer(db, filter, reader))
  const find = (id: string, { scope, self }: AuditReader) =>
    read(async (db) => {
      const [row] = await db
        .select()
        .from(audit)
        .where(eq(audit.id, id as AuditEventId))
      const entry = row && toAuditEntry(row)
      return entry && isVisible(entry, scope, self) ? entry : null
    })
  /** A filter that names its entry. */
  const theOne = async (id: string, filter: AuditFilter, reader: AuditReader): Promise<readonly AuditEntry[]> => {
    const entry = await find(id, reader)
    return entry && matchesAudit(filter, entry) ? [entry] : []
  }

  return {
    find,
    async list(filter, reader, page) {
      if (filter.id !== undefined) {
        const found = await theOne(filter.id, filter, reader)
        return { items: found.slice(page.offset), total: found.length }
      }
      return read(async (db) => {
        const answered = await counts.answer(db, filter, reader)
        return { items: await itemsOf(db, answered, page), total: answered.total }
      })
    },
    async tally(filter, reader): Promise<readonly Tally[]> {
      if (filter.id === undefined) return (await answer(filter, reader)).tallies
      return (await theOne(filter.id, filter, reader)).map((entry) => ({ kind: kindOf(entry), count: 1 }))
    },
    async stream(filter, reader, order) {
      if (filter.id !== undefined) {
        const found = await theOne(filter.id, filter, reader)
        return { count: found.length, batches: atOnce(found) }
      }
      const answered = await answer(filter, reader)
      return { count: answered.total, batches: batchesOf(read, answered, order) }
    },
    head: () =>
      read(async (db) => {
        const [head] = await db.select().from(auditHead)
        return head?.seq ?? 0
      }),
    after: (seq, limit, filter = {}) =>
      read(async (db) => {
        const asked = Object.keys(filter).length > 0 ? matching(await questionOf(db, filter, sealer)) : undefined
        const where = and(
          gt(audit.seq, seq),
          asked,
          filter.id === undefined ? undefined : sql`${audit.id} = ${filter.id}`,
        )
        const some = db.select().from(audit).where(where).orderBy(asc(audit.seq)).limit(limit).as('some')
        const [found] = await db.select({ entries: entries.all(some, asc(some.seq)) }).from(some)
        return entries.rows(found?.entries).map(toRecordedEntry)
      }),
    thinnable: (before, limit) =>
      read(async (db) => {
        const sealed = lte(audit.seq, db.select({ last: sql`coalesce(max(${seals.lastSeq}), 0)` }).from(seals))
        const where = and(audit.fleeting, sealed, lt(audit.createdAt, before))
        return (await db.select().from(audit).where(where).orderBy(asc(audit.seq)).limit(limit)).map(toRecordedEntry)
      }),
  }
}

async function itemsOf(db: Database, answered: Answered, page: Page): Promise<readonly AuditEntry[]> {
  if (page.offset >= answered.total) return []
  const rows = await db
    .select(getTableColumns(audit))
    .from(audit)
    .innerJoin(sql`(${pageOf(answered, page)}) as page`, sql`page.id = ${audit.id}`)
    .orderBy(desc(audit.createdAt), desc(audit.id))
  return rows.map(toAuditEntry)
}

async function* atOnce(entries: readonly AuditEntry[]) {
  yield entries
}

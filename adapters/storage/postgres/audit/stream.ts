import { and, asc, desc, getTableColumns, gt, gte, lte, type SQL, sql } from 'drizzle-orm'
import type { AuditEntry } from '../../../../core/audit/entry.ts'
import type { AuditOrder } from '../../../../core/ports/stores.ts'
import type { Read } from '../reader.ts'
import type { Answered } from './counts.ts'
import { metOnTheWay } from './question.ts'
import { toAuditEntry } from './rows.ts'
import { audit } from './schema.ts'

/** So many entries are looked at for one batch: each read ends soon, however few of them match. */
const REACH = 200

/**
 * What matches among the first `seq` entries, which are those of one moment, since numbers follow commits. No transaction is
 * held open for it: each batch is a read of its own, from where the one before ended.
 */
export const batchesOf = (read: Read, answered: Answered, order: AuditOrder): AsyncGenerator<readonly AuditEntry[]> =>
  order === 'as recorded' ? asRecorded(read, answered) : newestFirst(read, answered)

async function* asRecorded(read: Read, { question, seq, total }: Answered) {
  let left = total
  for (let at = 0; at < seq && left > 0; at += REACH) {
    const where = and(gt(audit.seq, at), lte(audit.seq, Math.min(at + REACH, seq)), metOnTheWay(question))
    const rows = await read((db) => db.select().from(audit).where(where).orderBy(asc(audit.seq)))
    left -= rows.length
    if (rows.length > 0) yield rows.map(toAuditEntry)
  }
}

/** Where one has come to. */
interface Place {
  readonly createdAt: number
  readonly id: string
}

async function* newestFirst(read: Read, { question, seq, total }: Answered) {
  const recorded = lte(audit.seq, seq)
  let left = total
  for (let from: Place | undefined; left > 0; ) {
    const to = await placeBeyond(read, from, question.moments)
    const where = and(from && before(from), to && upTo(to), recorded, metOnTheWay(question))
    const rows = await read((db) => db.select().from(audit).where(where).orderBy(desc(audit.createdAt), desc(audit.id)))
    left -= rows.length
    if (rows.length > 0) yield rows.map(toAuditEntry)
    if (!to) return
    from = to
  }
}

/** Said of the moments alone as well: between two places the planner would expect a good part of the trail. */
const before = (place: Place) => and(lte(audit.createdAt, place.createdAt), sql`${placeOfIt} < ${comparable(place)}`)
const upTo = (place: Place) => and(gte(audit.createdAt, place.createdAt), sql`${placeOfIt} >= ${comparable(place)}`)

const placeOfIt = sql`(${audit.createdAt}, ${audit.id})`
const comparable = ({ createdAt, id }: Place) => sql`(${sql.param(createdAt, audit.createdAt)}, ${id})`

/** Where the next reach of entries ends; undefined where they all do. */
async function placeBeyond(read: Read, from: Place | undefined, moments: SQL | undefined): Promise<Place | undefined> {
  const { createdAt, id } = getTableColumns(audit)
  const [found] = await read((db) =>
    db
      .select({ createdAt, id })
      .from(audit)
      .where(and(from && before(from), moments))
      .orderBy(desc(audit.createdAt), desc(audit.id))
      .limit(1)
      .offset(REACH - 1),
  )
  return found
}

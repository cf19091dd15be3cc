import { asc, desc, getTableColumns, gte } from 'drizzle-orm'
import type { Seals } from '../../../core/ports/stores.ts'
import { seals } from './audit/schema.ts'
import { count, type Read } from './reader.ts'
import { present } from './rows.ts'

/** A thousand leaves weigh more than all the rest of a seal. */
const { leaves: _, ...head } = getTableColumns(seals)

export function sealsOver(read: Read): Seals {
  return {
    last: () =>
      read(async (db) => {
        const [row] = await db.select(head).from(seals).orderBy(desc(seals.number)).limit(1)
        return row ? present(row) : null
      }),
    list: ({ limit, offset }) =>
      read(async (db) => {
        const [rows, [counted]] = await Promise.all([
          db.select(head).from(seals).orderBy(desc(seals.number)).limit(limit).offset(offset),
          db.select({ total: count }).from(seals),
        ])
        return { items: rows.map(present), total: counted?.total ?? 0 }
      }),
    from: (seq) =>
      read(async (db) => {
        const [row] = await db.select().from(seals).where(gte(seals.lastSeq, seq)).orderBy(asc(seals.lastSeq)).limit(1)
        return row ? present(row) : null
      }),
  }
}

import { asc, desc, eq, lte, notInArray, or } from 'drizzle-orm'
import type { PendingLogins } from '../../../core/ports/stores.ts'
import type { Read } from './reader.ts'
import { pendingLogins } from './schema.ts'

export function pendingLoginsOver(read: Read): PendingLogins {
  const { id, expiresAt } = pendingLogins
  return {
    find: (asked) =>
      read(async (db) => {
        const [found] = await db.select().from(pendingLogins).where(eq(id, asked))
        return found ?? null
      }),
    surplus: (now, keep, limit) =>
      read((db) => {
        const newest = db.select({ id }).from(pendingLogins).orderBy(desc(expiresAt), desc(id)).limit(keep)
        return db
          .select()
          .from(pendingLogins)
          .where(or(lte(expiresAt, now), notInArray(id, newest)))
          .orderBy(asc(expiresAt), asc(id))
          .limit(limit)
      }),
  }
}

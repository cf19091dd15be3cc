import { lte, or } from 'drizzle-orm'
import type { Sessions } from '../../../core/ports/stores.ts'
import type { Read } from './reader.ts'
import { present } from './rows.ts'
import { sessions } from './schema.ts'

export function sessionsOver(read: Read): Sessions {
  const { expiresAt, revokedAt } = sessions
  return {
    // No index: those that are over do not stay for long, so there are never many more than are in use.
    ended: (by, limit) =>
      read(async (db) => {
        const over = or(lte(expiresAt, by), lte(revokedAt, by))
        return (await db.select().from(sessions).where(over).limit(limit)).map(present)
      }),
  }
}

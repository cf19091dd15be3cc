import { and, eq, ne, type SQL } from 'drizzle-orm'
import type { HealthEvents } from '../../../core/ports/stores.ts'
import type { Read } from './reader.ts'
import { present } from './rows.ts'
import { healthEvents } from './schema.ts'

export function healthEventsOver(read: Read): HealthEvents {
  const list = (where: SQL | undefined) =>
    read(async (db) => (await db.select().from(healthEvents).where(where)).map(present))
  const unresolved = ne(healthEvents.status, 'resolved')
  return {
    unresolvedOf: (id) => list(and(eq(healthEvents.recordingId, id), unresolved)),
    unresolvedOn: (id) => list(and(eq(healthEvents.nodeId, id), unresolved)),
    reportedAs: (id, name) => list(and(eq(healthEvents.nodeId, id), eq(healthEvents.localEventId, name))),
  }
}

import { eq } from 'drizzle-orm'
import type { Listener, Storage } from '../../../core/ports/storage.ts'
import type { Stores } from '../../../core/ports/stores.ts'
import { auditOver } from './audit.ts'
import { type Address, RenewablePool } from './client.ts'
import { GroupCommit } from './group-commit.ts'
import { healthEventsOver } from './health-events.ts'
import { jobsOver } from './jobs.ts'
import { loadLive } from './load.ts'
import { migrate } from './migrate.ts'
import { nodesOver } from './nodes.ts'
import { type Read, readerOver } from './reader.ts'
import { recordingsOver } from './recordings.ts'
import { present } from './rows.ts'
import * as schema from './schema.ts'

const READERS = 8

/** Drizzle reads over a pool; one connection writes. */
export async function openPostgres(address: Address, listener: Listener): Promise<Storage> {
  await migrate(address)
  const readers = new RenewablePool(address, READERS)
  const writer = new RenewablePool(address, 1)
  const read = readerOver(readers)
  const load = () => loadLive(address)
  const writing = new GroupCommit(writer, load, listener)

  return {
    stores: storesOver(read),
    commit: writing.commit,
    auditing: () => writing.auditing,
    async load() {
      const loaded = await load()
      writing.startFrom(loaded.epoch)
      return loaded
    },
    doubt: writing.doubt,
    ping: async () => {
      await readers.useTwice(({ sql }) => sql`select 1`)
    },
    async close() {
      await Promise.all([readers.close(), writer.close()])
    },
  }
}

const storesOver = (read: Read): Stores => ({
  users: {
    findByEmail: (email) =>
      read(async (db) => {
        const [row] = await db.select().from(schema.users).where(eq(schema.users.email, email))
        return row ? present(row) : null
      }),
  },
  nodes: nodesOver(read),
  recordings: recordingsOver(read),
  jobs: jobsOver(read),
  healthEvents: healthEventsOver(read),
  audit: auditOver(read),
})

import { eq, sql } from 'drizzle-orm'
import type { Listener, Storage } from '../../../core/ports/storage.ts'
import type { Stores } from '../../../core/ports/stores.ts'
import { auditOver } from './audit/store.ts'
import type { Engine } from './engine.ts'
import { GroupCommit } from './group-commit.ts'
import { healthEventsOver } from './health-events.ts'
import { Hearing } from './hearing.ts'
import { jobsOver } from './jobs.ts'
import { readLive, readMoved, readTouched } from './load.ts'
import { nodesOver } from './nodes.ts'
import type { Touched } from './note.ts'
import { pendingLoginsOver } from './pending-logins.ts'
import type { Read } from './reader.ts'
import { recordingsOver } from './recordings.ts'
import { present } from './rows.ts'
import * as schema from './schema.ts'
import { sealsOver } from './seals.ts'
import { sessionsOver } from './sessions.ts'
import { Tending } from './tending.ts'

/** A storage over a PostgreSQL whose tables are up to date, wherever it runs. */
export function storageOver(engine: Engine, listener: Listener): Storage {
  const load = () => engine.snapshot(readLive)
  const reading = {
    all: load,
    touched: (touched: Touched) => engine.read((db) => readTouched(db, touched)),
    moved: () => engine.read(readMoved),
  }
  const writing = new GroupCommit(engine, reading, listener)
  const hearing = new Hearing(engine, writing)
  const tending = new Tending(engine)

  return {
    stores: storesOver(engine.read, () => writing.nodesMoved),
    commit: writing.commit,
    auditing: () => writing.auditing,
    async load() {
      const loaded = await load()
      writing.startFrom(loaded)
      hearing.start()
      tending.start()
      return loaded
    },
    doubt: writing.doubt,
    ping: async () => {
      await engine.read((db) => db.execute(sql`select 1`))
    },
    async close() {
      hearing.stop()
      tending.stop()
      await engine.close()
    },
  }
}

const storesOver = (read: Read, nodesMoved: () => number): Stores => ({
  users: {
    findByEmail: (email) =>
      read(async (db) => {
        const [row] = await db.select().from(schema.users).where(eq(schema.users.email, email))
        return row ? present(row) : null
      }),
  },
  sessions: sessionsOver(read),
  pendingLogins: pendingLoginsOver(read),
  nodes: nodesOver(read, nodesMoved),
  recordings: recordingsOver(read),
  jobs: jobsOver(read),
  healthEvents: healthEventsOver(read),
  audit: auditOver(read),
  seals: sealsOver(read),
})

import { PGlite, type PGliteOptions } from '@electric-sql/pglite'
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm'
import { drizzle, type PgliteDatabase } from 'drizzle-orm/pglite'
import { migrate } from 'drizzle-orm/pglite/migrator'
import { type Listener, type Storage, StorageUnavailable } from '../../../core/ports/storage.ts'
import type { Engine, Query } from '../postgres/engine.ts'
import { isRefusal } from '../postgres/errors.ts'
import { migrationsFolder } from '../postgres/migrate.ts'
import { storageOver } from '../postgres/storage.ts'

/** What the migrations ask for, and a data folder that was dumped is loaded with. */
export const extensions = { pg_trgm }

/**
 * A PostgreSQL inside this process, for embedding and for tests: no server, no folder, no port.
 *
 * It promises all that a storage does but to last: it lives in memory and goes with the process. Nor does it hurry: one
 * statement runs at a time, on the thread that asks, and the first start takes seconds and about a gigabyte. A database that
 * was dumped before (`dumpDataDir`) starts in a fraction of that. A folder to live in cannot be named, since PGlite neither
 * keeps a second process out of it nor forces anything to disk.
 */
export async function openPglite(
  listener: Listener,
  { loadDataDir }: Pick<PGliteOptions, 'loadDataDir'> = {},
): Promise<Storage> {
  const client = await PGlite.create({ extensions, ...(loadDataDir && { loadDataDir }) })
  const db = drizzle(client, { casing: 'snake_case' })
  await migrate(db, { migrationsFolder })
  return storageOver(engineOver(client, db), listener)
}

/** There is one connection, so whoever has a transaction has everything: what comes meanwhile waits its turn. */
function engineOver(client: PGlite, db: PgliteDatabase): Engine {
  return {
    read: (work) => answered(work(db)),
    snapshot: (work) => answered(db.transaction(work)),
    query: (text, parameters) => answered(queryOver(client)(text, parameters)),
    transaction: (work) => answered(client.transaction((tx) => work(queryOver(tx)))),
    close: () => client.close(),
  }
}

const queryOver =
  (client: Pick<PGlite, 'query'>): Query =>
  async (text, parameters = []) =>
    (await client.query<Record<string, unknown>>(text, [...parameters])).rows

/** What the database says of a statement is passed on; whatever else went wrong, it did not answer. */
const answered = <T>(work: Promise<T>): Promise<T> =>
  work.catch((error) => {
    throw isRefusal(error) ? error : new StorageUnavailable('the database does not answer', { cause: error })
  })

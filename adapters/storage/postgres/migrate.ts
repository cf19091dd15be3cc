import { fileURLToPath } from 'node:url'
import { drizzle } from 'drizzle-orm/postgres-js'
import { migrate as applyMigrations } from 'drizzle-orm/postgres-js/migrator'
import { StorageUnavailable } from '../../../core/ports/storage.ts'
import { type Address, connect } from './client.ts'
import { isServersWord } from './errors.ts'

export const migrationsFolder = fileURLToPath(new URL('./migrations', import.meta.url))
/** Any number will do, as long as every Roomtone takes the same. */
const LOCK = 7_406_283

/** Brings the tables up to date. Of several hosts that start at once, one does it and the others wait. */
export async function migrate(address: Address): Promise<void> {
  const sql = connect(address, { max: 1 })
  try {
    await sql`select pg_advisory_lock(${LOCK})`
    await applyMigrations(drizzle(sql, { casing: 'snake_case' }), { migrationsFolder })
  } catch (error) {
    throw isServersWord(error) ? error : new StorageUnavailable('the database is out of reach', { cause: error })
  } finally {
    await sql.end({ timeout: 5 })
  }
}

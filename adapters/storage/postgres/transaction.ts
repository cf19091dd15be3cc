import { Stale } from '../../../core/ports/storage.ts'
import { isServersWord, type Sql } from './client.ts'

/** One statement on a connection. */
export type Query = (text: string, parameters?: readonly string[]) => Promise<readonly Record<string, unknown>[]>

/** The pool has one connection. Once it has closed nothing more is said on it: it would be said to another. */
export const queryOver =
  (pool: { readonly sql: Sql; readonly lost: boolean }): Query =>
  async (text, parameters = []) => {
    if (pool.lost) throw new Error('connection lost')
    return pool.sql.unsafe(text, [...parameters], { prepare: true })
  }

/**
 * Says begin and commit itself: the driver's own `begin` rolls back on a connection that is already gone, which ends the
 * process (postgres 3.4.9). Only what the server itself refused is rolled back; on a lost connection there is nobody to tell.
 */
export async function inTransaction<T>(query: Query, work: () => Promise<T>, begin = 'begin'): Promise<T> {
  await query(begin)
  try {
    const done = await work()
    await query('commit')
    return done
  } catch (error) {
    if (error instanceof Stale || isServersWord(error)) await query('rollback')
    throw error
  }
}

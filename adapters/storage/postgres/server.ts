import { getLogger } from '@logtape/logtape'
import { drizzle } from 'drizzle-orm/postgres-js'
import { type Address, connect, READ_MS_MAX, RenewablePool, type Sql } from './client.ts'
import type { Engine, Query } from './engine.ts'
import { isCancelled, isRefusal } from './errors.ts'
import type { Database, Read } from './reader.ts'

const READERS = 8
const log = getLogger(['roomtone', 'storage'])

/** A server: drizzle reads over a pool, and one connection writes. */
export function serverAt(address: Address): Engine {
  const readers = new RenewablePool(address, READERS, READ_MS_MAX)
  const writer = new RenewablePool(address, 1)
  let line: Line | undefined
  return {
    read: readerOver(readers),
    snapshot: (work) => snapshot(address, work),
    query: (text, parameters) => writer.use((pool) => queryOver(pool)(text, parameters)),
    transaction: (work) =>
      writer.use((pool) => {
        const query = queryOver(pool)
        return inTransaction(query, () => work(query))
      }),
    listen: (channel, heard) => {
      line = lineOf(address, channel, heard)
      return line
    },
    async close() {
      await Promise.all([readers.close(), writer.close(), line?.close()])
    },
  }
}

interface Line {
  /** For a connection that is gone, or there and silent. */
  renew(): void
  close(): Promise<void>
}

/** The driver listens anew by itself when a connection closes, but only once; whoever misses something renews it. */
function lineOf(address: Address, channel: string, heard: (payload: string) => void): Line {
  const open = () => {
    const sql = connect(address, { max: 1 })
    sql.listen(channel, heard).catch((error) => {
      // One that is ended before it listens is no news.
      if (sql === current)
        log.warn('cannot listen to other controllers, and looks instead: {error}', { error: String(error) })
    })
    return sql
  }
  let current: Sql | undefined = open()
  const close = async () => {
    const ending = current
    current = undefined
    await ending?.end({ timeout: 0 }).catch(() => {})
  }
  return {
    renew() {
      void close()
      current = open()
    },
    close,
  }
}

const databaseOver = (client: Sql): Database => drizzle(client, { casing: 'snake_case' })

/** Drizzle over a pool that may be another one for each read. */
function readerOver(pool: RenewablePool): Read {
  const databases = new WeakMap<Sql, Database>()
  const over = (client: Sql) => {
    const known = databases.get(client) ?? databaseOver(client)
    databases.set(client, known)
    return known
  }
  return (work) => pool.useTwice(({ sql }) => work(over(sql)))
}

/** On a connection of its own, so that no commit waits for it. */
async function snapshot<T>(address: Address, work: (db: Database) => Promise<T>): Promise<T> {
  const pool = new RenewablePool(address, 1, READ_MS_MAX)
  try {
    return await pool.use((one) =>
      inTransaction(
        queryOver(one),
        () => work(databaseOver(one.sql)),
        'begin isolation level repeatable read read only',
      ),
    )
  } finally {
    await pool.close()
  }
}

/** The pool has one connection. Once it has closed nothing more is said on it: it would be said to another. */
const queryOver =
  (pool: { readonly sql: Sql; readonly lost: boolean }): Query =>
  async (text, parameters = []) => {
    if (pool.lost) throw new Error('connection lost')
    return pool.sql.unsafe(text, [...parameters], { prepare: true })
  }

/**
 * Says begin and commit itself: the driver's own `begin` rolls back on a connection that is already gone, which ends the
 * process (postgres 3.4.9). Only what was refused or ended is rolled back; on a lost connection there is nobody to tell.
 */
async function inTransaction<T>(query: Query, work: () => Promise<T>, begin = 'begin'): Promise<T> {
  await query(begin)
  try {
    const done = await work()
    await query('commit')
    return done
  } catch (error) {
    if (isRefusal(error) || isCancelled(error)) await query('rollback')
    throw error
  }
}

import { type SQL, sql } from 'drizzle-orm'
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js'
import type { RenewablePool, Sql } from './client.ts'

export type Database = PostgresJsDatabase

export const databaseOver = (client: Sql): Database => drizzle(client, { casing: 'snake_case' })

/** Runs a read. It may be run twice, so it must only read. */
export type Read = <T>(work: (db: Database) => Promise<T>) => Promise<T>

/** Drizzle over a pool that may be another one for each read. */
export function readerOver(pool: RenewablePool): Read {
  const databases = new WeakMap<Sql, Database>()
  const over = (client: Sql) => {
    const known = databases.get(client) ?? databaseOver(client)
    databases.set(client, known)
    return known
  }
  return (work) => pool.useTwice(({ sql: client }) => work(over(client)))
}

/** A part of a text in lower case, with nothing special in it. */
export const contains = (column: SQL, part: string): SQL => sql`position(${part.toLowerCase()} in ${column}) > 0`

/** All of those that are asked for. */
export const every = (conditions: readonly (SQL | undefined)[]): SQL => {
  const asked = conditions.filter((each) => each !== undefined)
  return asked.length === 0 ? sql`true` : sql.join(asked, sql` and `)
}

export const count = sql<number>`count(*)::int`

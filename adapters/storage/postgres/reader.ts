import { type SQL, sql } from 'drizzle-orm'
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core'

/** Drizzle, over whichever driver. */
export type Database = PgDatabase<PgQueryResultHKT>

/** Runs a read. It may be run twice, so it must only read. */
export type Read = <T>(work: (db: Database) => Promise<T>) => Promise<T>

/** A part of a text in lower case, with nothing special in it. */
export const contains = (column: SQL, part: string): SQL => sql`position(${part.toLowerCase()} in ${column}) > 0`

/** All of those that are asked for. */
export const every = (conditions: readonly (SQL | undefined)[]): SQL => {
  const asked = conditions.filter((each) => each !== undefined)
  return asked.length === 0 ? sql`true` : sql.join(asked, sql` and `)
}

export const count = sql<number>`count(*)::int`

import { getTableColumns, getTableName } from 'drizzle-orm'
import { toSnakeCase } from 'drizzle-orm/casing'
import type { PgTable } from 'drizzle-orm/pg-core'
import { iso } from '../../../core/time.ts'

/** What a table takes, read off the schema, so that no column is named twice. */
interface Columns {
  readonly name: string
  /** `"alias", "site"` and so on. */
  readonly list: string
  /** `"alias" text, "site" text`: how JSON becomes rows. */
  readonly typed: string
  readonly names: readonly string[]
  /** A row's members, by the key they have in core. */
  toJson(row: object): Record<string, unknown>
}

function columnsOf(table: PgTable): Columns {
  const columns = Object.entries(getTableColumns(table))
    .map(([key, column]) => ({ key, name: toSnakeCase(key), type: column.getSQLType() }))
    // Given out by the database itself.
    .filter(({ name }) => name !== 'seq')
  const instants = new Set(columns.filter(({ type }) => type.startsWith('timestamp')).map(({ key }) => key))
  const known = columns.map(({ key, name }) => [key, name, instants.has(key)] as const)
  return {
    name: `"${getTableName(table)}"`,
    names: columns.map(({ name }) => name),
    list: columns.map(({ name }) => `"${name}"`).join(', '),
    typed: columns.map(({ name, type }) => `"${name}" ${type}`).join(', '),
    toJson(row) {
      const json: Record<string, unknown> = {}
      for (const [key, name, isInstant] of known) {
        const value = (row as Record<string, unknown>)[key]
        if (value !== undefined) json[name] = isInstant ? iso(value as number) : value
      }
      return json
    },
  }
}

export interface Statements {
  readonly lock: string
  readonly save: string
  readonly remove: string
  /** Parts of a statement in which `ready` has a row if it is to be done. `from` is a parameter with the things. */
  readonly held: (from: string) => string
  readonly move: (from: string) => string
  readonly make: (from: string) => string
}

/** For things with a version. Rows are locked in the order of their ids, so that two controllers never wait for each other. */
export function versioned(table: PgTable): Statements & Pick<Columns, 'toJson'> {
  const { name, list, typed, names, toJson } = columnsOf(table)
  const changed = names.filter((each) => each !== 'id').map((each) => `"${each}" = excluded."${each}"`)
  const locked = (ids: string) => `select id, version from ${name} where id in (${ids}) order by id for update`
  const moved = `on conflict (id) do update set ${changed.join(', ')} where ${name}.version < excluded.version`
  const insert = `insert into ${name} (${list}) select ${list} from`
  const rows = (from: string, columns: string) => `jsonb_to_recordset(${from}::text::jsonb) as r(${columns})`
  return {
    toJson,
    lock: locked('select jsonb_array_elements_text($1::text::jsonb)'),
    // Nobody else's row is overwritten: of two who made the same thing at once, one gets nothing back.
    save: `${insert} ${rows('$1', typed)} ${moved} returning id`,
    remove: removal(table),
    held: (from) => `(select count(*) from (${locked(`select id from ${rows(from, 'id text')}`)}) as locked
      join ${rows(from, 'id text, version integer')} using (id, version)) = jsonb_array_length(${from}::text::jsonb)`,
    move: (from) => `${insert} ready, ${rows(from, typed)} ${moved}`,
    make: (from) => `${insert} ready, ${rows(from, typed)}`,
  }
}

export const removal = (table: PgTable): string =>
  `delete from "${getTableName(table)}" where id in (select jsonb_array_elements_text($1::text::jsonb))`

/** For what has no version: the latest word wins, whichever is written last. */
export function latest(table: PgTable, { key, at }: { readonly key: string; readonly at: string }) {
  const { name, list, typed, names, toJson } = columnsOf(table)
  const changed = names.filter((each) => each !== key).map((each) => `"${each}" = excluded."${each}"`)
  return {
    toJson,
    insert: (from: string) => `insert into ${name} (${list}) select ${list}
      from ready, jsonb_to_recordset(${from}::text::jsonb) as r(${typed})
      on conflict ("${key}") do update set ${changed.join(', ')} where ${name}."${at}" <= excluded."${at}"`,
  }
}

/**
 * For what is only added, and numbered without a gap: `take` takes the numbers from the head, and keeps others out until it is
 * committed; of a transaction that is not, nothing was taken. In the same turn others may be told that something has moved.
 */
export function numbered(table: PgTable, head: PgTable) {
  const { name, list, typed, toJson } = columnsOf(table)
  return {
    toJson,
    take(from: string | undefined, moves: boolean) {
      const count = from === undefined ? '0' : `jsonb_array_length(${from}::text::jsonb)`
      const taken = [`seq = seq + ${count}`, ...(moves ? ['moved = moved + 1'] : [])]
      return `numbers as (update "${getTableName(head)}" set ${taken.join(', ')}
        where id = 1 and exists (select from ready) returning seq - ${count} as known, moved)`
    },
    insert: (from: string) => `insert into ${name} (seq, ${list}) select numbers.known + r.place, ${list}
      from numbers, rows from (jsonb_to_recordset(${from}::text::jsonb) as (${typed})) with ordinality as r(${list}, place)`,
  }
}

/** For what is named by all that it holds: it is written once, and never changes. */
export function onceOnly(table: PgTable) {
  const { name, list, typed, toJson } = columnsOf(table)
  return {
    toJson,
    insert: (from: string) => `insert into ${name} (${list}) select ${list}
      from numbers, jsonb_to_recordset(${from}::text::jsonb) as r(${typed}) on conflict (id) do nothing`,
  }
}

/**
 * Rows as the database takes them. It knows no NUL and no half of a surrogate pair; a caller who sends one must not keep
 * its own trace, or its neighbours', from being written.
 */
export const encode = (rows: readonly unknown[]): string => storable(JSON.stringify(rows))

/** The same of rows that are JSON already. */
export function storable(text: string): string {
  if (!text.includes('\\u0000') && !text.includes('\\ud')) return text
  return text.replace(/\\\\|\\u0000|\\ud[89a-f][0-9a-f]{2}/g, (found) =>
    found === '\\\\' ? found : found === '\\u0000' ? '' : '\ufffd',
  )
}

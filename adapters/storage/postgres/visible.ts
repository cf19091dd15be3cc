import { type SQL, sql } from 'drizzle-orm'
import type { Match } from '../../../core/access/rule.ts'
import type { Scope } from '../../../core/access/scope.ts'

/** How a row is known to the rules: for each type of its kin, the one column or the array of columns that holds the ids. */
export type KinColumns = Readonly<Record<string, { readonly one: SQL } | { readonly many: SQL }>>

/** `covers`, in SQL: denied beats all, then everything, a grant or policy, or a room that a roster opens. */
export function visible({ all, allowed, denied, rooms }: Scope, kin: KinColumns): SQL {
  const open = all ? sql`true` : either([...matches(allowed, kin), roomIn(rooms, kin)])
  return denied.length === 0 ? open : sql`(${open} and not ${either(matches(denied, kin))})`
}

/** One condition for each type of the kin that a rule names. */
function matches(rules: readonly Match[], kin: KinColumns): SQL[] {
  return Object.entries(kin).flatMap(([type, column]) => {
    const ids = rules.filter((rule) => rule.type === type || rule.type === '*').map(({ id }) => id)
    if (ids.includes('*')) return [isThere(column)]
    return ids.length > 0 ? [holdsAny(column, ids)] : []
  })
}

const roomIn = (rooms: readonly string[], { room }: KinColumns): SQL =>
  rooms.length > 0 && room ? holdsAny(room, rooms) : sql`false`

const holdsAny = (column: KinColumns[string], ids: readonly string[]): SQL =>
  'one' in column
    ? sql`coalesce(${column.one} = any(${textArray(ids)}), false)`
    : sql`coalesce(${column.many} && ${textArray(ids)}, false)`

const isThere = (column: KinColumns[string]): SQL =>
  'one' in column ? sql`${column.one} is not null` : sql`coalesce(cardinality(${column.many}) > 0, false)`

export const either = (conditions: readonly SQL[]): SQL =>
  conditions.length === 0 ? sql`false` : sql`(${sql.join([...conditions], sql` or `)})`

/** One parameter, whatever the number. */
export const textArray = (values: readonly string[]): SQL =>
  sql`array(select jsonb_array_elements_text(${JSON.stringify(values)}::text::jsonb))`

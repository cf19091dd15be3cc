import { gte, lte, type SQL, sql } from 'drizzle-orm'
import type { Match } from '../../../../core/access/rule.ts'
import type { Scope } from '../../../../core/access/scope.ts'
import { AND } from '../../../../core/audit/entry.ts'
import type { AuditKind } from '../../../../core/audit/facets.ts'
import { type AuditFilter, matchesKind, searchable } from '../../../../core/audit/filter.ts'
import type { AuditReader } from '../../../../core/ports/stores.ts'
import { type Database, every } from '../reader.ts'
import { either, textArray } from '../visible.ts'
import { toKind } from './rows.ts'
import { audit, auditKinds, auditParties } from './schema.ts'

/** What is asked of the trail: which kinds, between which moments, with which parties. What is not narrowed is absent. */
export interface Question {
  /** All that are known, so that counts of kinds can be read. */
  readonly known: ReadonlyMap<string, AuditKind>
  readonly kinds?: readonly string[] | undefined
  readonly moments?: SQL
  readonly parties?: Parties | undefined
}

/** Conditions on the rows of the parties. */
export interface Parties {
  readonly found: SQL
  /** Any of these lets the reader see them. Where it sees little, each is asked of an index of its own. */
  readonly seen: readonly SQL[]
}

/** The kinds are few and are judged here, by core itself; the parties are many, and are looked up by their indexes. */
export async function questionOf(db: Database, filter: AuditFilter, reader: AuditReader): Promise<Question> {
  const rows = await db.select().from(auditKinds)
  const known = new Map(rows.map((row) => [row.id, toKind(row)]))
  const { action, reason, outcome, permission } = filter
  const narrowed = [action, reason, outcome, permission].some((each) => each !== undefined)
  const kinds = narrowed && [...known].filter(([, kind]) => matchesKind(filter, kind)).map(([id]) => id)
  const moments = momentsOf(filter)
  const parties = partiesOf(filter, reader)
  return { known, ...(kinds && { kinds }), ...(moments && { moments }), ...(parties && { parties }) }
}

/** To be counted: the planner goes from the parties to their entries, or the other way. */
export const matching = (question: Question): SQL =>
  every([
    ofKinds(question),
    question.moments,
    question.parties && sql`${audit.parties} in (${idsOf(question.parties)})`,
  ])

export const idsOf = ({ found, seen }: Parties): SQL =>
  sql.join(
    seen.map((each) => sql`select ${auditParties.id} from ${auditParties} where ${found} and ${each}`),
    sql` union all `,
  )

/** Walking along the trail: each entry's parties are looked at when it is reached. */
export const metOnTheWay = (question: Question): SQL =>
  every([ofKinds(question), question.moments, question.parties && sql`(${judged(question.parties)})`])

const judged = ({ found, seen }: Parties): SQL =>
  sql`select ${found} and (${sql.join([...seen], sql` or `)}) from ${auditParties} where ${auditParties.id} = ${audit.parties}`

const ofKinds = ({ kinds }: Question): SQL | undefined => kinds && sql`${audit.kind} = any(${uuidArray(kinds)})`

export const uuidArray = (ids: readonly string[]): SQL =>
  sql`array(select jsonb_array_elements_text(${JSON.stringify(ids)}::text::jsonb)::uuid)`

const momentsOf = ({ from, to }: AuditFilter): SQL | undefined =>
  allOf([from !== undefined && gte(audit.createdAt, from), to !== undefined && lte(audit.createdAt, to)])

function partiesOf({ actor, target }: AuditFilter, reader: AuditReader): Parties | undefined {
  const found = allOf([
    actor !== undefined && sql`${auditParties.actorText} like ${containing(actor)}`,
    target !== undefined && sql`${auditParties.targetText} like ${containing(target)}`,
  ])
  const seen = seenBy(reader)
  return found || seen ? { found: found ?? sql`true`, seen: seen ?? [sql`true`] } : undefined
}

/** Nothing in the part is special. */
const containing = (part: string) => `%${searchable(part).replaceAll(/[\\%_]/g, '\\$&')}%`

const allOf = (conditions: readonly (SQL | false | undefined)[]): SQL | undefined => {
  const asked = conditions.filter((each) => each !== false && each !== undefined)
  return asked.length === 0 ? undefined : every(asked)
}

/** What `isVisible` of core says, in SQL; nothing where nothing is hidden. */
function seenBy({ scope, self }: AuditReader): readonly SQL[] | undefined {
  if (scope.all && scope.denied.length === 0) return undefined
  const ways = [sql`${auditParties.isOpen}`, sql`${auditParties.doneBy} = ${self}`, within(scope)]
  const showsMost = scope.all || scope.allowed.some(({ type, id }) => type === '*' || id === '*')
  return showsMost ? [sql`(${sql.join(ways, sql` or `)})`] : ways
}

/** What is about several things is seen by whoever sees each of them. */
const within = ({ all, allowed, denied, rooms }: Scope): SQL => {
  const opened = [...allowed, ...rooms.map((id) => ({ type: 'room', id }))]
  const plain = rooms.map((id) => `room:${id}`)
  const open = all ? sql`true` : sql`(${names(allowed, plain)} and (not ${isOfSeveral} or ${namesEach(opened)}))`
  return sql`(${open} and not ${names(denied)})`
}

const isOfSeveral = sql`coalesce(${auditParties.kin}[1] = ${AND}, false)`

/** Whether the rules name any of the kin of every single thing. */
const namesEach = (rules: readonly Match[]): SQL =>
  sql`not exists (
    select from (
      select k, count(*) filter (where k = ${AND}) over (order by n) as thing
      from unnest(${auditParties.kin}) with ordinality as named(k, n)
    ) as each
    group by thing having not bool_or(k <> ${AND} and ${either(rules.map(isNamed))}))`

const isNamed = ({ type, id }: Match): SQL => {
  const typed = type === '*' ? sql`true` : sql`split_part(k, ':', 1) = ${type}`
  const named = id === '*' ? sql`true` : sql`substr(k, position(':' in k) + 1) = ${id}`
  return sql`(${typed} and ${named})`
}

/** Whether any of the rules names any of the kin, wildcards and all: one question to the index. What is `plain` has no wildcards. */
function names(rules: readonly Match[], plain: readonly string[] = []): SQL {
  const exact = rules.filter(({ type, id }) => type !== '*' && id !== '*').map(({ type, id }) => `${type}:${id}`)
  const ofAnyId = rules.filter(({ type, id }) => type !== '*' && id === '*').map(({ type }) => type)
  const ofAnyType = rules.filter(({ type, id }) => type === '*' && id !== '*').map(({ id }) => id)
  const conditions = [
    namesAny(sql`${auditParties.kin}`, [...exact, ...plain]),
    namesAny(sql`${auditParties.kinTypes}`, ofAnyId),
    namesAny(sql`${auditParties.kinIds}`, ofAnyType),
    rules.some(({ type, id }) => type === '*' && id === '*') && sql`cardinality(${auditParties.kinTypes}) > 0`,
  ].filter((each) => each !== false)
  return conditions.length === 0 ? sql`false` : sql`(${sql.join(conditions, sql` or `)})`
}

const namesAny = (column: SQL, values: readonly string[]) => values.length > 0 && sql`${column} && ${textArray(values)}`

import { type SQL, sql } from 'drizzle-orm'
import type { AnyPgColumn } from 'drizzle-orm/pg-core'
import type { Page } from '../../../../core/page.ts'
import type { Answered } from './counts.ts'
import { idsOf, metOnTheWay, type Question, uuidArray } from './question.ts'
import { audit } from './schema.ts'

/** What is alike may lie together, and far away: a walk to it can be longer than it looks by so much. */
const WALK_DOUBT = 4
/** What one entry costs: to pass, to look up its parties or be found by them, to be sorted. */
const COST = { step: 1, parties: 4, sorted: 2 } as const

/**
 * The ids of a page, newest first, from indexes alone. How many there are is known by now, of each kind, and so it is known
 * which way is short; the planner would have to guess, and a wrong guess reads a million entries to show a hundred.
 */
export function pageOf(answered: Answered, page: Page): SQL {
  const { question, tallies, total, all } = answered
  const reach = page.offset + page.limit
  if (!question.kinds && !question.parties) return walked(answered, page)
  const steps = (Math.min(reach, total - page.offset) * all) / total
  const walking = Math.min(WALK_DOUBT * steps, all) * (question.parties ? COST.parties : COST.step)
  const newest = tallies.reduce((sum, { count, among }) => sum + (Math.min(count, reach) / count) * among, 0)
  const merging = question.kinds ? newest * (question.parties ? COST.parties : COST.sorted) : Number.POSITIVE_INFINITY
  const gathering = question.parties ? total * COST.parties : Number.POSITIVE_INFINITY
  if (merging <= Math.min(walking, gathering)) return merged(answered, page)
  return walking <= gathering ? walked(answered, page) : gathered(answered, page)
}

const newestFirst = sql`order by created_at desc, id desc`

/** Along the trail, past what does not match, from the end that is nearer: short where much does match. */
function walked({ question, total }: Answered, { limit, offset }: Page): SQL {
  const entries = sql`select created_at, id from ${audit} where ${metOnTheWay(question)}`
  if (offset <= total / 2) return sql`${entries} ${newestFirst} limit ${limit} offset ${offset}`
  const count = Math.min(limit, total - offset)
  return sql`${entries} order by created_at, id limit ${count} offset ${total - offset - count}`
}

/** The newest of each of those involved: short where they did little. */
const gathered = ({ question, found }: Answered, page: Page) =>
  ofEach(involved(question, found), audit.parties, page, { ...question, parties: undefined })

const involved = ({ parties }: Question, found: Answered['found']): SQL => {
  if (found) return listed(found)
  return sql`select distinct id from (${parties ? idsOf(parties) : sql``}) as found`
}

const listed = (ids: readonly string[]) => sql`select unnest(${uuidArray(ids)}) as id`

/** The newest of each kind: short where kinds are rare, whenever they last occurred. */
const merged = ({ question, tallies }: Answered, page: Page) =>
  ofEach(listed(tallies.map(({ id }) => id)), audit.kind, page, { ...question, kinds: undefined })

/** The page, out of as many of each as could be on it. */
const ofEach = (ids: SQL, column: AnyPgColumn, { limit, offset }: Page, question: Question) =>
  sql`select newest.created_at, newest.id from (${ids}) as asked cross join lateral (
      select created_at, id from ${audit} where ${column} = asked.id and ${metOnTheWay(question)}
      ${newestFirst} limit ${offset + limit}
    ) as newest
    order by newest.created_at desc, newest.id desc limit ${limit} offset ${offset}`

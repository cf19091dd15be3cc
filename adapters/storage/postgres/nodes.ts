import { hash } from 'node:crypto'
import { eq, gte, lte, type SQL, sql } from 'drizzle-orm'
import type { NodeFilter } from '../../../core/nodes/filter.ts'
import type { Judgement, Nodes } from '../../../core/ports/stores.ts'
import { packed } from './packed.ts'
import { contains, count, every, type Read } from './reader.ts'
import { toPresence } from './rows.ts'
import { nodes, orderBooks, presences } from './schema.ts'
import { textArray, visible } from './visible.ts'

const heard = sql`nodes join presences on presences.node_id = nodes.id`
const glimpses = packed({ nodeId: presences.nodeId, lastSeenAt: presences.lastSeenAt })

/** One by one: of a join the planner would think that it has to read them all. */
const lastSeenAtOfPage = sql`(select last_seen_at from presences where node_id = page.id)`

/** What a rule may name a node by. */
export const nodeKin = {
  node: { one: sql`${nodes.id}` },
  site: { one: sql`${nodes.site}` },
  room: { many: sql`${nodes.rooms}` },
}

/** `moved`: another number whenever the nodes may be others. */
export function nodesOver(read: Read, moved: () => number): Nodes {
  const counts = new Counts()
  return {
    list: (filter, scope, { limit, offset }, judgement) =>
      read(async (db) => {
        const where = every([visible(scope, nodeKin), ...conditions(filter, judgement)])
        const those = sql`${asksOfPresence(filter) ? heard : sql`nodes`} where ${where}`
        const page = sql`select nodes.id, nodes.alias from ${those} order by alias, id limit ${limit} offset ${offset}`
        const items = glimpses.all(
          { nodeId: sql`page.id`, lastSeenAt: lastSeenAtOfPage },
          sql`page.alias`,
          sql`page.id`,
        )
        const [asOf, question] = [moved(), hash('sha256', JSON.stringify([filter, scope]))]
        const known = counts.known(question, asOf)
        // Of each shape of a question the plan is kept: to make one takes as long as to follow it.
        const [found] = await db
          .select({
            items: sql<string>`(select ${items} from (${page}) as page)`,
            total: known === undefined ? sql<number>`(select ${count} from ${those})` : sql<number>`${known}::int`,
          })
          .from(sql`(values (1)) as once`)
          .prepare('nodes')
          .execute()
        const total = found?.total ?? 0
        // Who is silent for too long leaves a list by itself.
        if (!asksOfPresence(filter)) counts.learn(question, asOf, total)
        return { items: glimpses.rows(found?.items), total }
      }),
    presences: (ids) =>
      read(async (db) =>
        (
          await db
            .select()
            .from(presences)
            .where(sql`${presences.nodeId} = any(${textArray(ids)})`)
        ).map(toPresence),
      ),
    orderBook: (id) =>
      read(async (db) => {
        const [book] = await db.select().from(orderBooks).where(eq(orderBooks.id, id))
        return book ?? { id, version: 0 }
      }),
  }
}

const COUNTS_MAX = 1_000

/** How many there are of what was asked for before: to count them takes longer than to find a page. */
class Counts {
  readonly #totals = new Map<string, number>()
  #asOf = Number.NaN

  known(question: string, asOf: number): number | undefined {
    return asOf === this.#asOf ? this.#totals.get(question) : undefined
  }

  learn(question: string, asOf: number, total: number): void {
    if (asOf !== this.#asOf || this.#totals.size >= COUNTS_MAX) this.#totals.clear()
    this.#asOf = asOf
    this.#totals.set(question, total)
  }
}

/** Every node has a presence from its enrolment on: unless it is asked for, it is looked at on the page alone. */
const asksOfPresence = ({ q, status, backend, lastSeenFrom, lastSeenTo }: NodeFilter): boolean =>
  [q, status, backend, lastSeenFrom, lastSeenTo].some((asked) => asked !== undefined)

/** The same judgement as `statusAt`, so that a page can be cut from the status that readers see. */
const seenStatus = ({ now, offlineAfterSeconds }: Judgement): SQL =>
  offlineAfterSeconds === 0
    ? sql`${presences.status}`
    : sql`case when ${presences.status} <> 'provisioning' and
        floor(extract(epoch from (${new Date(now).toISOString()}::timestamptz - ${presences.lastSeenAt}))) > ${offlineAfterSeconds}::int
        then 'offline' else ${presences.status} end`

function conditions(filter: NodeFilter, judgement: Judgement): (SQL | undefined)[] {
  const { q, status, backend, site, building, floor, room, lastSeenFrom, lastSeenTo } = filter
  const seen = seenStatus(judgement)
  const same = (
    column: SQL | typeof nodes.site | typeof nodes.building | typeof nodes.floor,
    text: string | undefined,
  ) => (text === undefined ? undefined : sql`lower(${column}) = ${text.toLowerCase()}`)
  return [
    status && sql`${seen} = ${status}`,
    backend &&
      sql`(${backend} = any(${nodes.backends}) or coalesce(${presences.runtime}->'audioBackends' ? ${backend}, false))`,
    same(nodes.site, site),
    same(nodes.building, building),
    same(nodes.floor, floor),
    same(sql`${nodes.room}`, room),
    lastSeenFrom === undefined ? undefined : gte(presences.lastSeenAt, lastSeenFrom),
    lastSeenTo === undefined ? undefined : lte(presences.lastSeenAt, lastSeenTo),
    q === undefined
      ? undefined
      : sql`(${contains(sql`${nodes.searchText}`, q)} or ${contains(textSaid, q)} or ${contains(seen, q)})`,
  ]
}

/** What `textSaid` of core says, in SQL. */
const textSaid = sql`lower(concat_ws(chr(10), ${presences.hostname}, ${presences.agentVersion},
  array_to_string(${presences.ipAddresses}, chr(10)), ${presences.runtime}->>'architecture',
  ${presences.runtime}->>'kernelRelease', ${presences.runtime}->>'osName',
  translate(coalesce(${presences.runtime}->>'audioBackends', ''), '[]",', '')))`

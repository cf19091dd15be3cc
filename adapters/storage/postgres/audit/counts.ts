import { createHash } from 'node:crypto'
import { gt, sql } from 'drizzle-orm'
import type { AuditKind, Tally } from '../../../../core/audit/facets.ts'
import type { AuditFilter } from '../../../../core/audit/filter.ts'
import type { AuditReader } from '../../../../core/ports/stores.ts'
import { type Database, every } from '../reader.ts'
import { idsOf, matching, metOnTheWay, type Parties, type Question, questionOf } from './question.ts'
import { audit, auditHead, auditKinds } from './schema.ts'

/** How many there were of each kind when there had been `seq` entries. */
interface Counted {
  readonly seq: number
  readonly thinned: number
  /** How many kinds were known to the database then. */
  readonly kindCount: number
  readonly counts: ReadonlyMap<string, number>
  /** Whose they are, where the parties were looked for and are few. */
  readonly found?: readonly string[] | undefined
}

interface TallyAmong extends Tally {
  readonly id: string
  /** How many there are of the kind in all. */
  readonly among: number
}

/** What was asked, and what there is of it up to `seq`. */
export interface Answered {
  readonly question: Question
  readonly tallies: readonly TallyAmong[]
  readonly total: number
  readonly seq: number
  /** How many entries there are in all. */
  readonly all: number
  /** The parties that match, where they are known. */
  readonly found?: readonly string[] | undefined
}

const KEPT_MAX = 200
/** More are looked up each time: to look for them costs little besides what they have done. */
const FOUND_MAX = 1000

/**
 * Counts that are kept. The trail only grows, and its numbers follow its commits, so that whoever counted up to a number needs
 * only what came since; when entries have left it, which the head tells, it is counted anew.
 */
export class AuditCounts {
  readonly #kept = new Map<string, Counted>()
  readonly #counting = new Map<string, Promise<void>>()

  async answer(db: Database, filter: AuditFilter, reader: AuditReader): Promise<Answered> {
    for (;;) {
      const question = await questionOf(db, filter, reader)
      const { known, kinds, moments, parties } = question
      const narrowed = moments !== undefined || parties !== undefined
      const counted = narrowed && (await this.#count(db, question, keyOf(filter, reader)))
      // What asks for kinds alone is a part of the count of everything.
      const everything = !counted || kinds ? await this.#count(db, { known }, '') : counted
      const { kindCount } = counted || everything
      // A kind that came in between may be one of those asked for.
      if (kindCount === known.size) return answered(question, counted || everything, everything)
    }
  }

  async #count(db: Database, question: Question, key: string): Promise<Counted> {
    // Of those who ask first, and at once, one counts.
    await this.#counting.get(key)
    const kept = this.#kept.get(key)
    const since = kept && (await count(db, question, kept))
    if (kept && since?.thinned === kept.thinned) return this.#keep(question, key, together(kept, since))
    const counting = countedAnew(db, question).then((counted) => this.#keep(question, key, counted))
    const done = counting.then(
      () => {},
      () => {},
    )
    this.#counting.set(key, done)
    return counting.finally(() => this.#counting.delete(key))
  }

  #keep({ known }: Question, key: string, counted: Counted): Counted {
    if (counted.kindCount !== known.size) return counted
    this.#kept.delete(key)
    this.#kept.set(key, counted)
    const [oldest] = this.#kept.keys()
    if (oldest !== undefined && this.#kept.size > KEPT_MAX) this.#kept.delete(oldest)
    return counted
  }
}

function keyOf(filter: AuditFilter, { scope, self }: AuditReader): string {
  const { action, reason, outcome, permission, actor, target, from, to } = filter
  const asked = [action, reason, outcome, permission, actor, target, from, to].map((each) => each ?? null)
  const hidden = scope.all && scope.denied.length === 0 ? null : [scope, self]
  return createHash('sha256')
    .update(JSON.stringify([asked, hidden]))
    .digest('base64')
}

async function countedAnew(db: Database, question: Question): Promise<Counted> {
  const counted = await count(db, question)
  return question.parties ? { ...counted, found: await few(db, question.parties) } : counted
}

/** Whoever comes later is found by what they did. */
async function few(db: Database, parties: Parties): Promise<readonly string[] | undefined> {
  const rows = await db
    .select({ id: sql<string>`found.id` })
    .from(sql`(${idsOf(parties)}) as found`)
    .limit(FOUND_MAX + 1)
  return rows.length > FOUND_MAX ? undefined : distinct(rows.map(({ id }) => id))
}

/** One statement, so that the head and the counts are of one moment. */
async function count(db: Database, question: Question, kept?: Counted): Promise<Counted> {
  const where = kept ? every([gt(audit.seq, kept.seq), metOnTheWay(question)]) : matching(question)
  const found = kept?.found ? sql`json_agg(distinct ${audit.parties})` : sql`'[]'::json`
  const rows = await db
    .select({
      seq: auditHead.seq,
      thinned: auditHead.thinned,
      kindCount: sql<number>`(select count(*) from ${auditKinds})::int`,
      kind: sql<string | null>`counted.kind`,
      count: sql<number>`counted.count::int`,
      found: sql<readonly string[]>`counted.found`,
    })
    .from(auditHead)
    .leftJoin(
      sql`(select ${audit.kind}, count(*), ${found} as found from ${audit} where ${where} group by ${audit.kind}) as counted`,
      sql`true`,
    )
  const [{ seq, thinned, kindCount } = { seq: 0, thinned: 0, kindCount: 0 }] = rows
  const met = rows.flatMap(({ kind, ...rest }) => (kind === null ? [] : [{ kind, ...rest }]))
  return {
    seq,
    thinned,
    kindCount,
    counts: new Map(met.map(({ kind, count }) => [kind, count])),
    found: kept?.found && distinct(met.flatMap((each) => each.found)),
  }
}

function together(kept: Counted, since: Counted): Counted {
  const counts = new Map(kept.counts)
  for (const [kind, count] of since.counts) counts.set(kind, (counts.get(kind) ?? 0) + count)
  const found = kept.found && distinct([...kept.found, ...(since.found ?? [])])
  return { ...since, counts, found: found && found.length <= FOUND_MAX ? found : undefined }
}

const distinct = (ids: readonly string[]) => [...new Set(ids)]

function answered(question: Question, { seq, thinned, counts, found }: Counted, everything: Counted): Answered {
  const asked = question.kinds && new Set(question.kinds)
  const tallies = [...counts].flatMap(([id, count]) => {
    const kind: AuditKind | undefined = asked && !asked.has(id) ? undefined : question.known.get(id)
    const among = Math.max(count, everything.counts.get(id) ?? 0)
    return kind ? [{ id, kind, count, among }] : []
  })
  const total = tallies.reduce((sum, { count }) => sum + count, 0)
  return { question, tallies, total, seq, all: seq - thinned, found }
}

import { createHash } from 'node:crypto'
import { gt, sql } from 'drizzle-orm'
import type { AuditKind, Tally } from '../../../../core/audit/facets.ts'
import type { AuditFilter } from '../../../../core/audit/filter.ts'
import type { AuditReader } from '../../../../core/ports/stores.ts'
import { type Database, every } from '../reader.ts'
import { matching, metOnTheWay, type Question, questionOf } from './question.ts'
import { audit, auditHead, auditKinds } from './schema.ts'

/** How many there were of each kind when there had been `seq` entries. */
interface Counted {
  readonly seq: number
  readonly thinned: number
  /** How many kinds were known to the database then. */
  readonly kindCount: number
  readonly counts: ReadonlyMap<string, number>
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
}

const KEPT_MAX = 200

/**
 * Counts that are kept. The trail only grows, and its numbers follow its commits, so that whoever counted up to a number needs
 * only what came since; when entries have left it, which the head tells, it is counted anew.
 */
export class AuditCounts {
  readonly #kept = new Map<string, Counted>()

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
    const kept = this.#kept.get(key)
    const since = kept && (await count(db, question, kept.seq))
    const counted = kept && since?.thinned === kept.thinned ? together(kept, since) : await count(db, question)
    if (counted.kindCount === question.known.size) this.#keep(key, counted)
    return counted
  }

  #keep(key: string, counted: Counted): void {
    this.#kept.delete(key)
    this.#kept.set(key, counted)
    const [oldest] = this.#kept.keys()
    if (oldest !== undefined && this.#kept.size > KEPT_MAX) this.#kept.delete(oldest)
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

/** One statement, so that the head and the counts are of one moment. */
async function count(db: Database, question: Question, since?: number): Promise<Counted> {
  const where = since === undefined ? matching(question) : every([gt(audit.seq, since), metOnTheWay(question)])
  const rows = await db
    .select({
      seq: auditHead.seq,
      thinned: auditHead.thinned,
      kindCount: sql<number>`(select count(*) from ${auditKinds})::int`,
      kind: sql<string | null>`counted.kind`,
      count: sql<number>`counted.count::int`,
    })
    .from(auditHead)
    .leftJoin(
      sql`(select ${audit.kind}, count(*) from ${audit} where ${where} group by ${audit.kind}) as counted`,
      sql`true`,
    )
  const [{ seq, thinned, kindCount } = { seq: 0, thinned: 0, kindCount: 0 }] = rows
  const counts = new Map(rows.flatMap(({ kind, count }) => (kind === null ? [] : [[kind, count] as const])))
  return { seq, thinned, kindCount, counts }
}

function together(kept: Counted, since: Counted): Counted {
  const counts = new Map(kept.counts)
  for (const [kind, count] of since.counts) counts.set(kind, (counts.get(kind) ?? 0) + count)
  return { ...since, counts }
}

function answered(question: Question, { seq, thinned, counts }: Counted, everything: Counted): Answered {
  const asked = question.kinds && new Set(question.kinds)
  const tallies = [...counts].flatMap(([id, count]) => {
    const kind: AuditKind | undefined = asked && !asked.has(id) ? undefined : question.known.get(id)
    const among = Math.max(count, everything.counts.get(id) ?? 0)
    return kind ? [{ id, kind, count, among }] : []
  })
  const total = tallies.reduce((sum, { count }) => sum + count, 0)
  return { question, tallies, total, seq, all: seq - thinned }
}

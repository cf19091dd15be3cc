import { auditOver } from '../../adapters/storage/postgres/audit/store.ts'
import { openPostgres } from '../../adapters/storage/postgres/open.ts'
import { serverAt } from '../../adapters/storage/postgres/server.ts'
import { type AuditQuestion, auditQuestions } from './audit-questions.ts'
import { notingDatabase } from './database.ts'
import { type Answered, readsInSequence, told } from './plan.ts'
import { MONTH_MS, recordTrail } from './trail.ts'

/** How long one question took: the first time, when nothing was counted yet, and then again and again. */
export interface Timed {
  readonly question: AuditQuestion
  readonly firstMs: number
  readonly p50Ms: number
  readonly p95Ms: number
}

export interface AuditSurveyed {
  readonly version: string
  readonly timed: readonly Timed[]
  /** Of facets, how they are counted at first; of pages, what is asked once that is done. */
  readonly statements: ReadonlyMap<AuditQuestion, readonly Answered[]>
  /** Whatever read the whole trail, once it had been counted. */
  readonly complaints: readonly string[]
}

/** One file of what is kept: each question with its times and its statements. */
export function chapters({ timed, statements }: AuditSurveyed): ReadonlyMap<string, readonly string[]> {
  const files = new Map<string, string[]>()
  for (const { question, firstMs, p50Ms, p95Ms } of timed) {
    const times = `first ${firstMs.toFixed(0)} ms, then p50 ${p50Ms.toFixed(1)} ms and p95 ${p95Ms.toFixed(1)} ms`
    const chapter = [`## ${question.name}: ${times}`, ...(statements.get(question) ?? []).map(told)]
    files.set(`audit-${question.group}`, [...(files.get(`audit-${question.group}`) ?? []), ...chapter])
  }
  return files
}

/** The trail of a month, asked everything that people ask of it, so many times each. */
export async function surveyAudit(entries: number, times: number): Promise<AuditSurveyed> {
  const database = await notingDatabase()
  const engine = serverAt(database.address)
  try {
    await (await openPostgres(database.address, { committed() {}, reloaded() {} })).close()
    const from = Date.UTC(2026, 0, 1)
    await recordTrail(database.address, entries, from)
    await database.answered()
    const questions = auditQuestions(from, from + MONTH_MS)

    const statements = new Map<AuditQuestion, readonly Answered[]>()
    const complaints: string[] = []
    for (const question of questions) {
      const audit = auditOver(engine.read)
      await question.ask(audit)
      const counting = await database.answered()
      await question.ask(audit)
      const again = await database.answered()
      statements.set(question, question.group === 'facets' ? counting : again)
      const inSequence = again.filter(({ plan }) => readsInSequence(plan, 'audit'))
      complaints.push(...inSequence.map((each) => `${question.name}: ${told(each)}`))
    }

    await database.silence()
    const timed: Timed[] = []
    for (const question of questions) timed.push(await time(question, engine.read, times))
    return { version: database.version, timed, statements, complaints }
  } finally {
    await engine.close()
    await database.close()
  }
}

async function time(question: AuditQuestion, read: Parameters<typeof auditOver>[0], times: number): Promise<Timed> {
  const audit = auditOver(read)
  const ask = async () => {
    const started = performance.now()
    await question.ask(audit)
    return performance.now() - started
  }
  const firstMs = await ask()
  const again: number[] = []
  for (let i = 0; i < times; i++) again.push(await ask())
  const sorted = again.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? firstMs
  return { question, firstMs, p50Ms: at(0.5), p95Ms: at(0.95) }
}

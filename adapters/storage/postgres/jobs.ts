import { and, asc, desc, eq, gte, isNull, lte, type SQL, sql } from 'drizzle-orm'
import { type JobFilter, summarise } from '../../../core/jobs/filter.ts'
import type { Jobs } from '../../../core/ports/stores.ts'
import { contains, count, type Read } from './reader.ts'
import { seesRecording } from './recordings.ts'
import { toJob, toRecording } from './rows.ts'
import { jobs, recordings } from './schema.ts'

const itsRecording = eq(recordings.id, jobs.recordingId)

export function jobsOver(read: Read): Jobs {
  return {
    find: (id) =>
      read(async (db) => {
        const [row] = await db.select().from(jobs).where(eq(jobs.id, id))
        return row ? toJob(row) : null
      }),
    list: (filter, scope, { limit, offset }) =>
      read(async (db) => {
        const where = and(seesRecording(scope), ...conditions(filter))
        const [rows, counted] = await Promise.all([
          db
            .select({ job: jobs })
            .from(jobs)
            .innerJoin(recordings, itsRecording)
            .where(where)
            .orderBy(desc(jobs.createdAt), desc(jobs.id))
            .limit(limit)
            .offset(offset),
          db
            .select({ status: jobs.status, count })
            .from(jobs)
            .innerJoin(recordings, itsRecording)
            .where(where)
            .groupBy(jobs.status),
        ])
        const summary = summarise(new Map(counted.map((each) => [each.status, each.count])))
        return { items: rows.map(({ job }) => toJob(job)), total: summary.total, summary }
      }),
    activeOn: (nodeId) =>
      read(async (db) => {
        const where = and(eq(jobs.nodeId, nodeId), isNull(jobs.completedAt))
        const rows = await db.select().from(jobs).innerJoin(recordings, itsRecording).where(where)
        return rows.map(({ jobs, recordings }) => ({ job: toJob(jobs), recording: toRecording(recordings) }))
      }),
    ofRecording: (id) =>
      read(async (db) => {
        const newestFirst = [desc(jobs.createdAt), desc(jobs.id)]
        return (
          await db
            .select()
            .from(jobs)
            .where(eq(jobs.recordingId, id))
            .orderBy(...newestFirst)
        ).map(toJob)
      }),
    lapsed: (now, leaseMs, limit) =>
      read(async (db) => {
        const silent = and(eq(jobs.status, 'running'), lte(jobs.leaseExpiresAt, now))
        const unstopped = and(eq(jobs.status, 'stop_requested'), lte(jobs.stopRequestedAt, now - leaseMs))
        const [running, stopping] = await Promise.all([
          db.select().from(jobs).where(silent).orderBy(asc(jobs.leaseExpiresAt)).limit(limit),
          db.select().from(jobs).where(unstopped).orderBy(asc(jobs.stopRequestedAt)).limit(limit),
        ])
        return [...running, ...stopping].slice(0, limit).map(toJob)
      }),
  }
}

function conditions(filter: JobFilter): (SQL | undefined)[] {
  const { search, createdFrom, createdTo } = filter
  const same = (key: 'status' | 'nodeId' | 'captureBackend' | 'captureInterfaceId') =>
    filter[key] === undefined ? undefined : sql`${jobs[key]} = ${filter[key]}`
  return [
    ...(['status', 'nodeId', 'captureBackend', 'captureInterfaceId'] as const).map(same),
    createdFrom === undefined ? undefined : gte(jobs.createdAt, createdFrom),
    createdTo === undefined ? undefined : lte(jobs.createdAt, createdTo),
    search === undefined ? undefined : contains(sql`${jobs.searchText}`, search),
  ]
}

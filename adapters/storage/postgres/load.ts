import { and, eq, gt, isNull, sql } from 'drizzle-orm'
import type { Loaded } from '../../../core/ports/storage.ts'
import type { Database } from './reader.ts'
import { present, toJob, toNode } from './rows.ts'
import * as schema from './schema.ts'

/** What the live state starts from, in one snapshot, so that its parts fit each other. What is over and revoked stays behind. */
export async function readLive(db: Database): Promise<Loaded> {
  const { users, groups, policyBooks, sessions, nodes, credentials, presences, jobs, authority } = schema
  const [epoch] = await db.select().from(authority)
  const usable = and(isNull(sessions.revokedAt), gt(sessions.expiresAt, sql`now()`))
  // That nothing queued is over goes without saying, but said it is what the index of the active is asked by.
  const queued = and(eq(jobs.status, 'queued'), isNull(jobs.completedAt))
  const changes = {
    users: (await db.select().from(users)).map(present),
    groups: (await db.select().from(groups)).map(present),
    policyBooks: await db.select().from(policyBooks),
    sessions: (await db.select().from(sessions).where(usable)).map(present),
    nodes: (await db.select().from(nodes)).map(toNode),
    credentials: (await db.select().from(credentials).where(isNull(credentials.revokedAt))).map(present),
    presences: (await db.select().from(presences)).map(present),
    jobs: (await db.select().from(jobs).where(queued)).map(toJob),
  }
  return { changes, epoch: epoch?.epoch ?? 0 }
}

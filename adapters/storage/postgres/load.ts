import { and, eq, gt, inArray, isNull, sql } from 'drizzle-orm'
import type { Changes, Loaded } from '../../../core/ports/storage.ts'
import { auditHead } from './audit-schema.ts'
import { type LiveFamily, liveFamilies, type Touched } from './note.ts'
import type { Database } from './reader.ts'
import { present, toJob, toNode } from './rows.ts'
import * as schema from './schema.ts'

/** What was read in one snapshot, and the number of the last note that is in it. */
export interface LoadedUpTo extends Loaded {
  readonly moved: number
}

const { users, groups, policyBooks, sessions, nodes, credentials, presences, jobs, authority } = schema

/** What the live state starts from; its parts fit each other. What is over and revoked stays behind. */
export async function readLive(db: Database): Promise<LoadedUpTo> {
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
  return { changes, ...(await heads(db)) }
}

/**
 * How the things of some notes stand now, or later: a further note tells of what comes meanwhile. Of what is not there any more
 * only the id is known, which is all it takes.
 */
export async function readTouched(db: Database, touched: Touched): Promise<Loaded> {
  const { epoch } = await heads(db)
  const changes: Partial<Record<LiveFamily, readonly Identified[]>> = {}
  const removed: Partial<Record<LiveFamily, readonly Identified[]>> = {}
  for (const family of liveFamilies) {
    const ids = touched[family]
    if (ids === undefined) continue
    const found = await readers[family](db, ids)
    const there = new Set(found.map(({ id }) => id))
    changes[family] = found
    removed[family] = ids.filter((id) => !there.has(id)).map((id) => ({ id }))
  }
  return {
    changes: { ...changes, presences: await presencesOf(db, touched.nodes), removed } as unknown as Changes,
    epoch,
  }
}

/** A node that is new here has been seen somewhere. */
async function presencesOf(db: Database, nodeIds: readonly string[] = []) {
  if (nodeIds.length === 0) return []
  return (
    await db
      .select()
      .from(presences)
      .where(inArray(presences.nodeId, nodeIds as never))
  ).map(present)
}

const sessionsOf = async (db: Database, userIds: readonly string[]) =>
  (await db.select().from(sessions).where(inArray(sessions.userId, userIds as never))).map(present)

interface Identified {
  readonly id: string
}

type Reader = (db: Database, ids: readonly string[]) => Promise<readonly Identified[]>

const readers: Readonly<Record<LiveFamily, Reader>> = {
  users: async (db, ids) =>
    (
      await db
        .select()
        .from(users)
        .where(inArray(users.id, ids as never))
    ).map(present),
  groups: async (db, ids) =>
    (
      await db
        .select()
        .from(groups)
        .where(inArray(groups.id, ids as never))
    ).map(present),
  policyBooks: (db, ids) =>
    db
      .select()
      .from(policyBooks)
      .where(inArray(policyBooks.id, ids as never)),
  sessions: async (db, ids) =>
    (
      await db
        .select()
        .from(sessions)
        .where(inArray(sessions.id, ids as never))
    ).map(present),
  nodes: async (db, ids) =>
    (
      await db
        .select()
        .from(nodes)
        .where(inArray(nodes.id, ids as never))
    ).map(toNode),
  credentials: async (db, ids) =>
    (
      await db
        .select()
        .from(credentials)
        .where(inArray(credentials.id, ids as never))
    ).map(present),
  jobs: async (db, ids) =>
    (
      await db
        .select()
        .from(jobs)
        .where(inArray(jobs.id, ids as never))
    ).map(toJob),
}

async function heads(db: Database): Promise<{ readonly epoch: number; readonly moved: number }> {
  const [epoch] = await db.select().from(authority)
  return { epoch: epoch?.epoch ?? 0, moved: await readMoved(db) }
}

export async function readMoved(db: Database): Promise<number> {
  const [head] = await db.select({ moved: auditHead.moved }).from(auditHead)
  return head?.moved ?? 0
}

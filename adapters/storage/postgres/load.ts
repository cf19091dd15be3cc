import { and, eq, gt, inArray, isNull, sql } from 'drizzle-orm'
import type { AnyPgColumn, PgTable } from 'drizzle-orm/pg-core'
import type { Changes, Loaded } from '../../../core/ports/storage.ts'
import { auditHead } from './audit/schema.ts'
import { type LiveFamily, liveFamilies, type Touched } from './note.ts'
import type { Database } from './reader.ts'
import { present, toJob, toNode, toPresence } from './rows.ts'
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
    presences: (await db.select().from(presences)).map(toPresence),
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
  const { nodes: nodeIds, signedOut } = touched
  // A node that is new here has been seen somewhere, and whoever was signed out may have signed in again.
  const seen = nodeIds ? await where(db, presences, presences.nodeId, nodeIds, toPresence) : []
  if (signedOut)
    changes.sessions = [...(changes.sessions ?? []), ...(await where(db, sessions, sessions.userId, signedOut))]
  const all = { ...changes, ...(signedOut && { signedOut }), presences: seen, removed }
  return { changes: all as unknown as Changes, epoch }
}

interface Identified {
  readonly id: string
}

type Reader = (db: Database, ids: readonly string[]) => Promise<readonly Identified[]>
type Table = PgTable & { readonly id: AnyPgColumn }

const readers: Readonly<Record<LiveFamily, Reader>> = {
  users: byId(users),
  groups: byId(groups),
  policyBooks: byId(policyBooks),
  sessions: byId(sessions),
  nodes: byId(nodes, toNode),
  credentials: byId(credentials),
  jobs: byId(jobs, toJob),
}

function byId(table: Table, toThing?: (row: never) => Identified): Reader {
  return (db, ids) => where(db, table, table.id, ids, toThing)
}

async function where(
  db: Database,
  table: PgTable,
  column: AnyPgColumn,
  ids: readonly string[],
  toThing: (row: never) => object = present,
): Promise<readonly Identified[]> {
  const rows = await db
    .select()
    .from(table)
    .where(inArray(column, [...ids]))
  return rows.map((row) => toThing(row as never) as Identified)
}

async function heads(db: Database): Promise<{ readonly epoch: number; readonly moved: number }> {
  const [epoch] = await db.select().from(authority)
  return { epoch: epoch?.epoch ?? 0, moved: await readMoved(db) }
}

export async function readMoved(db: Database): Promise<number> {
  const [head] = await db.select({ moved: auditHead.moved }).from(auditHead)
  return head?.moved ?? 0
}

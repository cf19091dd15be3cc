import { and, eq, gt, isNull, sql } from 'drizzle-orm'
import type { Loaded } from '../../../core/ports/storage.ts'
import { type Address, RenewablePool } from './client.ts'
import { type Database, databaseOver } from './reader.ts'
import { present, toJob, toNode } from './rows.ts'
import * as schema from './schema.ts'
import { inTransaction, queryOver } from './transaction.ts'

/** What the live state starts from: one snapshot, so that its parts fit each other. What is over and revoked stays behind. */
export async function loadLive(address: Address): Promise<Loaded> {
  const pool = new RenewablePool(address, 1)
  try {
    return await pool.use((one) =>
      inTransaction(
        queryOver(one),
        () => readLive(databaseOver(one.sql)),
        'begin isolation level repeatable read read only',
      ),
    )
  } finally {
    await pool.close()
  }
}

async function readLive(db: Database): Promise<Loaded> {
  const { users, groups, policyBooks, sessions, nodes, credentials, presences, jobs, authority } = schema
  const [epoch] = await db.select().from(authority)
  const usable = and(isNull(sessions.revokedAt), gt(sessions.expiresAt, sql`now()`))
  const changes = {
    users: (await db.select().from(users)).map(present),
    groups: (await db.select().from(groups)).map(present),
    policyBooks: await db.select().from(policyBooks),
    sessions: (await db.select().from(sessions).where(usable)).map(present),
    nodes: (await db.select().from(nodes)).map(toNode),
    credentials: (await db.select().from(credentials).where(isNull(credentials.revokedAt))).map(present),
    presences: (await db.select().from(presences)).map(present),
    jobs: (await db.select().from(jobs).where(eq(jobs.status, 'queued'))).map(toJob),
  }
  return { changes, epoch: epoch?.epoch ?? 0 }
}

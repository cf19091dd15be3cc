import { expect, test } from 'bun:test'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { drizzle } from 'drizzle-orm/postgres-js'
import { migrate } from 'drizzle-orm/postgres-js/migrator'
import { everything, nothing, type Scope } from '../../core/access/scope.ts'
import type { AuditFilter } from '../../core/audit/filter.ts'
import { T0 } from './conformance/builders.ts'
import { connect } from './postgres/client.ts'
import { migrationsFolder } from './postgres/migrate.ts'
import { openPostgres } from './postgres/open.ts'
import { STARTING_MS, testDatabase } from './testing.ts'

const page = { limit: 10, offset: 0 }

test(
  'entries from before they shared anything are found, and hidden, like all others',
  async () => {
    const { database, sql } = await databaseAfter('0003_trail_and_logins')
    const entry = (n: number, type: string, id: string | null, actor: string) => sql`
    insert into audit (seq, id, created_at, action, outcome, actor_type, actor_id, actor_name, actor_roles, target_type, target_id,
      target_kin, details, correlation_ids)
    values (${n}, ${`old-${n}`}, ${new Date(T0 + n)}, 'old.act', 'denied', 'user', ${actor}, 'Old\nAda', '{}', ${type}, ${id},
      ${id === null ? '{}' : `{${type}:${id},site:s:1}`}, '{}', '{}')`
    await entry(1, 'node', 'N1', 'x')
    await entry(2, 'node', 'N2', 'me')
    await entry(3, 'node', null, 'x')
    await entry(4, 'user', 'u1', 'x')
    await sql`update audit_head set seq = 4`
    await sql.end()

    const storage = await openPostgres(database.address, { committed() {}, reloaded() {} })
    const list = async (filter: AuditFilter, scope: Scope = everything) => {
      const { items, total } = await storage.stores.audit.list(filter, { scope, self: 'me' as never }, page)
      expect(total).toBe(items.length)
      return items.map(({ id }) => id.slice(4)).join('')
    }
    expect(await list({ outcome: 'denied' })).toBe('4321')
    expect(await list({ actor: 'old ada' })).toBe('4321')
    expect(await list({ target: 'n1' })).toBe('1')
    expect(await list({}, nothing)).toBe('432')
    for (const match of [
      { type: 'site', id: 's:1' },
      { type: 'site', id: '*' },
      { type: '*', id: 's:1' },
    ]) {
      expect(await list({}, { ...nothing, allowed: [match] })).toBe('4321')
      expect(await list({}, { ...everything, denied: [match] })).toBe('432')
    }
    await storage.close()
    await database.close()
  },
  STARTING_MS,
)

test(
  'how long a node had run is known of it as before, beside what it said',
  async () => {
    const { database, sql } = await databaseAfter('0006_counted')
    const presence = (id: string, runtime: object | null) => sql`
    insert into presences (node_id, status, agent_version, hostname, ip_addresses, runtime, last_seen_at)
    values (${id}, 'online', '1', ${id}, '{}', ${runtime && JSON.stringify(runtime)}::text::jsonb, ${new Date(T0)})`
    await presence('long', { audioBackends: ['alsa'], uptimeSeconds: 7 })
    await presence('some', { audioBackends: [] })
    await presence('none', null)
    await sql.end()

    const storage = await openPostgres(database.address, { committed() {}, reloaded() {} })
    const { changes } = await storage.load()
    const said = (hostname: string) => ({ status: 'online', agentVersion: '1', hostname, ipAddresses: [] })
    const known = (nodeId: string, more: object, runtime: object = {}) =>
      ({ nodeId, lastSeenAt: T0, ...more, said: { ...said(nodeId), ...runtime } }) as never
    expect(changes.presences?.toSorted((a, b) => (a.nodeId < b.nodeId ? -1 : 1))).toEqual([
      known('long', { uptimeSeconds: 7 }, { runtime: { audioBackends: ['alsa'] } }),
      known('none', {}),
      known('some', {}, { runtime: { audioBackends: [] } }),
    ])
    await storage.close()
    await database.close()
  },
  STARTING_MS,
)

/** A database as it was after that step. */
async function databaseAfter(step: string) {
  const database = await testDatabase()
  const folder = await mkdtemp(join(tmpdir(), 'roomtone-steps-'))
  await cp(migrationsFolder, folder, { recursive: true })
  const list = join(folder, 'meta/_journal.json')
  const journal = JSON.parse(await readFile(list, 'utf8'))
  const last = journal.entries.findIndex(({ tag }: { readonly tag: string }) => tag === step)
  await writeFile(list, JSON.stringify({ ...journal, entries: journal.entries.slice(0, last + 1) }))
  const migrating = connect(database.address, { max: 1 })
  await migrate(drizzle(migrating, { casing: 'snake_case' }), { migrationsFolder: folder })
  await migrating.end()
  await rm(folder, { recursive: true })
  // Drizzle has taught the other one not to write dates.
  return { database, sql: connect(database.address, { max: 1 }) }
}

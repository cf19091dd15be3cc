import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { drizzle } from 'drizzle-orm/postgres-js'
import { migrate } from 'drizzle-orm/postgres-js/migrator'
import { everything, nothing, type Scope } from '../../core/access/scope.ts'
import type { AuditEntry } from '../../core/audit/entry.ts'
import type { AuditFilter } from '../../core/audit/filter.ts'
import type { Storage } from '../../core/ports/storage.ts'
import { anEntry, T0 } from './conformance/builders.ts'
import { connect } from './postgres/client.ts'
import { migrationsFolder } from './postgres/migrate.ts'
import { openPostgres } from './postgres/open.ts'
import { STARTING_MS, type TestDatabase, testDatabase } from './testing.ts'

const by = { scope: everything, self: 'u' as never }
const page = { limit: 10, offset: 0 }

describe('a trail that two controllers write, with counts that each keeps', () => {
  let database: TestDatabase
  let one: Storage
  let other: Storage
  beforeAll(async () => {
    database = await testDatabase()
    ;[one, other] = [await openAt(), await openAt()]
  }, STARTING_MS)
  afterAll(async () => {
    await Promise.all([one.close(), other.close()])
    await database.close()
  })

  async function openAt(): Promise<Storage> {
    const storage = await openPostgres(database.address, { committed() {}, reloaded() {} })
    await storage.load()
    return storage
  }
  const found = async (filter: AuditFilter) => {
    const { items, total } = await one.stores.audit.list(filter, by, page)
    expect(items.length).toBe(total)
    return items.map(({ id }) => id)
  }
  const record = async (storage: Storage, ...entries: readonly AuditEntry[]) => storage.commit({ audit: entries })
  const by2 = { type: 'user', id: 'v', name: 'Vera', roles: [] } as never

  test.each<[string, AuditFilter, object]>([
    ['of a kind', { action: 'of.kind' }, { action: 'of.kind.a' }],
    ['of somebody', { actor: 'vera' }, { actor: by2 }],
    ['of a time', { from: T0 + 50, outcome: 'partial' }, { createdAt: T0 + 60, outcome: 'partial' }],
  ])('what the other recorded or thinned is seen: %s', async (_, filter, more) => {
    const [a, b, c] = [anEntry(more), anEntry(more), anEntry(more)]
    await record(one, a, b)
    expect(await found(filter)).toEqual([b.id, a.id])
    // A kind that was not there when it was asked last.
    const d = anEntry({ ...more, reason: 'new', ...('action' in more && { action: 'of.kind.b' }) })
    await record(other, c, d)
    expect(await found(filter)).toEqual([d.id, c.id, b.id, a.id])
    await other.commit({ thinned: [a.id, c.id] })
    expect(await found(filter)).toEqual([d.id, b.id])
    await record(one, anEntry())
    expect(await found(filter)).toEqual([d.id, b.id])
  })

  test('both record what is new to the trail at once, and neither is in the way of the other', async () => {
    const commits = Array.from({ length: 30 }, (_, i) => {
      const both = ['x', 'y'].map((part) => anEntry({ action: `at.once.${i % 5}`, reason: `${part}${i % 7}` }))
      return [record(one, ...both), record(other, ...both.map((each) => ({ ...each, id: anEntry().id })).reverse())]
    })
    await Promise.all(commits.flat())
    expect((await one.stores.audit.list({ action: 'at.once' }, by, page)).total).toBe(120)
    expect((await other.stores.audit.tally({ action: 'at.once' }, by)).length).toBe(2 * 30)
  })
})

test(
  'entries from before they shared anything are found, and hidden, like all others',
  async () => {
    const database = await testDatabase()
    await migrateTo(database, '0003_trail_and_logins')
    const sql = connect(database.address, { max: 1 })
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

/** The database as it was after that step. */
async function migrateTo({ address }: TestDatabase, step: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'roomtone-steps-'))
  await cp(migrationsFolder, folder, { recursive: true })
  const list = join(folder, 'meta/_journal.json')
  const journal = JSON.parse(await readFile(list, 'utf8'))
  const last = journal.entries.findIndex(({ tag }: { readonly tag: string }) => tag === step)
  await writeFile(list, JSON.stringify({ ...journal, entries: journal.entries.slice(0, last + 1) }))
  const sql = connect(address, { max: 1 })
  await migrate(drizzle(sql, { casing: 'snake_case' }), { migrationsFolder: folder })
  await sql.end()
  await rm(folder, { recursive: true })
}

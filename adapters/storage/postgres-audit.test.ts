import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { everything } from '../../core/access/scope.ts'
import type { AuditEntry } from '../../core/audit/entry.ts'
import type { AuditFilter } from '../../core/audit/filter.ts'
import type { Storage } from '../../core/ports/storage.ts'
import { anEntry, T0 } from './conformance/builders.ts'
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

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import type { TransactionSql } from 'postgres'
import { everything } from '../../core/access/scope.ts'
import type { AuditEntry } from '../../core/audit/entry.ts'
import type { Node } from '../../core/nodes/node.ts'
import { type Changes, Stale, type Storage } from '../../core/ports/storage.ts'
import type { Recording } from '../../core/recordings/recording.ts'
import { aNode, anEntry, aPresence, aRecording, T0 } from './conformance/builders.ts'
import { connect, type Sql } from './postgres/client.ts'
import { openPostgres } from './postgres/open.ts'
import { type TestDatabase, testDatabase } from './testing.ts'

setDefaultTimeout(60_000)

type Said = (tx: TransactionSql) => unknown

const byId = (a: { readonly id: string }, b: { readonly id: string }) => (a.id < b.id ? -1 : 1)
const [early, late] = [aRecording(), aRecording()].sort(byId) as [Recording, Recording]
const [near, far] = [aNode(), aNode()].sort(byId) as [Node, Node]
const heard = [far, near].map(({ id }) => aPresence(id, { lastSeenAt: T0 + 1 }))
const hold =
  ({ id }: Node): Said =>
  (tx) =>
    tx`select from presences where node_id = ${id} for update`
const take =
  ({ id }: Recording): Said =>
  (tx) =>
    tx`select from recordings where id = ${id} for update`

/** What only a server can show: another controller at work in the same database, at the very same moment. */
describe('postgres, with someone else in it', () => {
  let database: TestDatabase
  let admin: Sql
  let other: Sql
  let storage: Storage
  let epoch: number
  beforeAll(async () => {
    database = await testDatabase()
    admin = connect(database.address, { max: 1 })
    other = connect(database.address, { max: 1 })
    storage = await openPostgres(database.address, { committed() {}, reloaded() {} })
    epoch = (await storage.load()).epoch
    const presences = [aPresence(near.id), aPresence(far.id)]
    await storage.commit({ recordings: [early, late], nodes: [near, far], presences })
  })
  afterAll(async () => {
    await Promise.all([storage.close(), admin.end(), other.end()])
    await database.close()
  })

  const outcomeOf = (changes: Changes, under?: number) =>
    storage.commit(changes, under).then(
      () => 'kept',
      (error: unknown) => error,
    )
  const isThere = async ({ id }: AuditEntry) =>
    (await storage.stores.audit.find(id, { scope: everything, self: 'u' as never })) !== null

  /** Commits while the other one is in a transaction: it has said `before`, and says `then` once the commit waits for that. */
  async function commitBetween(changes: Changes, before: Said, then: Said): Promise<unknown> {
    let commit: Promise<unknown> | undefined
    await other.begin(async (tx) => {
      // In a circle of waiting it is the commit that looks for one first, and so the commit that is let go.
      await tx`set local deadlock_timeout = '60s'`
      await before(tx)
      commit = outcomeOf(changes)
      for (let waiting = 0; waiting === 0; ) {
        const [row] = await admin`select count(*)::int as n from pg_locks where not granted`
        waiting = row?.['n'] ?? 0
      }
      await then(tx)
    })
    return commit
  }

  test.each<[string, Changes, Said, Said]>([
    ['that saves', { recordings: [late, early].map((each) => ({ ...each, version: 1 })) }, take(late), take(early)],
    ['that only adds', { presences: heard }, hold(far), hold(near)],
  ])(
    'a commit %s, in a circle of waiting, is stale and no fault: nothing of it is kept; said again, it is',
    async (_, changes, before, then) => {
      const [entry, again] = [anEntry(), anEntry()]
      expect(await commitBetween({ ...changes, audit: [entry] }, before, then)).toBeInstanceOf(Stale)
      expect(storage.auditing()).toBe(true)
      expect(await isThere(entry)).toBe(false)
      expect(await outcomeOf({ ...changes, audit: [again] })).toBe('kept')
      expect(await isThere(again)).toBe(true)
    },
  )

  test('signs of life are taken in the order of their nodes, so that two who hear the same ones make no circle', async () => {
    const free: Said = (tx) => tx`select from presences where node_id = ${far.id} for update nowait`
    expect(await commitBetween({ presences: heard }, hold(near), free)).toBe('kept')
  })

  test('of two who make the same thing at once, one is stale: nothing of it is kept, and nothing is in doubt', async () => {
    const entry = anEntry()
    const book = { id: near.id, version: 0 }
    const make: Said = (tx) => tx`insert into order_books (id, version) values (${near.id}, 1)`
    expect(await commitBetween({ orderBooks: [book], audit: [entry] }, make, () => {})).toBeInstanceOf(Stale)
    expect(storage.auditing()).toBe(true)
    expect(await isThere(entry)).toBe(false)
    expect(await outcomeOf({ orderBooks: [{ ...book, version: 1 }] })).toBe('kept')
  })

  test.each<[string, () => Changes]>([
    ['saves', () => ({ recordings: [{ ...aRecording(), version: 0 }] })],
    ['only adds', () => ({ presences: heard })],
  ])(
    'what %s, decided under an authority that was moved on elsewhere, is stale, though nobody told of it',
    async (_, changes) => {
      await admin`update authority set epoch = epoch + 1`
      const [entry, again] = [anEntry(), anEntry()]
      expect(await outcomeOf({ ...changes(), audit: [entry] }, epoch)).toBeInstanceOf(Stale)
      expect(await isThere(entry)).toBe(false)
      epoch += 1
      expect(await outcomeOf({ ...changes(), audit: [again] }, epoch)).toBe('kept')
      expect(await isThere(again)).toBe(true)
    },
  )
})

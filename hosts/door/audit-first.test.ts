import { afterEach, describe, expect, test } from 'bun:test'
import { openMemory } from '../../adapters/storage/memory/open.ts'
import { connect } from '../../adapters/storage/postgres/client.ts'
import { openPostgres } from '../../adapters/storage/postgres/open.ts'
import { everything } from '../../core/access/scope.ts'
import { type Storage, StorageUnavailable } from '../../core/ports/storage.ts'
import { nameOf, ourRoutes } from '../contract/routes.ts'
import { type OpenStorage, TestRoom } from './testing-room.ts'
import { type Sample, samplesIn } from './testing-samples.ts'
import { freshDatabases } from './testing-storages.ts'

const audited = ourRoutes.filter(({ operations }) => operations.length > 0)

/** A storage whose audit can be made to fail, and mended again. */
interface Breakable {
  readonly open: OpenStorage
  break(): Promise<unknown>
}

function breakableMemory(): Breakable {
  let broken = false
  let failed = false
  return {
    async open(listener) {
      const storage = openMemory(listener)
      const commit: Storage['commit'] = async (changes, epoch) => {
        const carries = (changes.audit?.length ?? 0) > 0
        if (carries) failed = broken
        if (carries && broken) throw new StorageUnavailable('audit')
        return storage.commit(changes, epoch)
      }
      return { ...storage, commit, auditing: () => !failed }
    },
    break: async () => (broken = true),
  }
}

const database = freshDatabases()

/** The table itself refuses, after all else in the transaction has been written. */
async function breakablePostgres(): Promise<Breakable> {
  const address = await database()
  return {
    open: (listener) => openPostgres(address, listener),
    async break() {
      const sql = connect(address, { max: 1 })
      await sql.unsafe(`create function refuse() returns trigger language plpgsql as $$ begin raise exception 'no audit'; end $$;
        create trigger refuse before insert on audit for each statement execute function refuse()`)
      await sql.end()
    },
  }
}

/** Everything durable that a route could have changed. */
async function stateOf({ storage }: TestRoom['room']['world']): Promise<string> {
  const page = { limit: 1000, offset: 0 }
  const { changes } = await storage.load()
  const { recordings, jobs, audit } = storage.stores
  const reader = { scope: everything, self: '' as never }
  const lists = [recordings.list({}, everything, page), jobs.list({}, everything, page), audit.list({}, reader, page)]
  const sorted = (each: unknown) =>
    JSON.stringify(each, (_, value) => (Array.isArray(value) ? value.map(stable).toSorted() : value))
  return sorted([changes, ...(await Promise.all(lists))])
}
const stable = (each: unknown) => (typeof each === 'object' ? JSON.stringify(each) : each)

for (const [name, breakable] of [
  ['memory', async () => breakableMemory()],
  ['postgres', breakablePostgres],
] as const) {
  describe(`without audit there is nothing: ${name}`, () => {
    let room: TestRoom
    afterEach(() => room.close())

    const call = (route: (typeof audited)[number], { path, ...asking }: Sample) => room.ask(route.method, path, asking)

    test('every operation that exists is walked: granted while the audit is whole', async () => {
      room = await TestRoom.open((await breakable()).open)
      for (const route of audited) {
        // Each in a world of its own: some of them end what others need.
        const sample = (await samplesIn(room)).get(nameOf(route))
        if (!sample) throw new Error(`${nameOf(route)} has no sample`)
        const answer = await call(route, sample)
        expect([nameOf(route), answer.status]).toEqual([nameOf(route), route.status])
      }
    }, 180_000)

    test('with a failing audit each is refused, and changes nothing; only telemetry in an open window goes on', async () => {
      const storage = await breakable()
      room = await TestRoom.open(storage.open)
      const samples = await samplesIn(room)
      await storage.break()
      const before = await stateOf(room.room.world)
      for (const route of audited) {
        const answer = await call(route, samples.get(nameOf(route)) as Sample)
        expect(answer.status, nameOf(route)).toBeGreaterThanOrEqual(500)
        expect(await stateOf(room.room.world), nameOf(route)).toBe(before)
      }
    }, 60_000)

    test('telemetry inside an open window is the one exception; a read inside one is not', async () => {
      const storage = await breakable()
      room = await TestRoom.open(storage.open)
      const samples = await samplesIn(room)
      const folding = audited.filter((route) => route.operations.some(({ fold }) => fold !== undefined))
      for (const route of folding) await call(route, samples.get(nameOf(route)) as Sample)
      await storage.break()
      expect((await room.ask('POST', '/auth/logout')).status).toBeGreaterThanOrEqual(500)
      for (const route of folding) {
        const sample = samples.get(nameOf(route)) as Sample
        const answer = await call(route, sample)
        if (sample.folds === 'telemetry') expect([nameOf(route), answer.status]).toEqual([nameOf(route), route.status])
        else expect(answer.status, nameOf(route)).toBeGreaterThanOrEqual(500)
      }
    }, 60_000)
  })
}

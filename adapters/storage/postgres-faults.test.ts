import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test'
import { type AddressInfo, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { everything } from '../../core/access/scope.ts'
import { type Changes, type Listener, type Storage, StorageUnavailable } from '../../core/ports/storage.ts'
import { anEntry, aRecording } from './conformance/builders.ts'
import { connect, type Sql } from './postgres/client.ts'
import { openPostgres } from './postgres/open.ts'
import { serverAt } from './postgres/server.ts'
import { STARTING_MS, type TestDatabase, testDatabase } from './testing.ts'

/** What only a server can show: connections that die under the work. */
describe('postgres, with its backends killed', () => {
  let database: TestDatabase
  let admin: Sql
  let storage: Storage
  const told: Changes[] = []
  const reloads: number[] = []
  const listener: Listener = {
    committed: (changes) => void told.push(changes),
    reloaded: ({ epoch }) => void reloads.push(epoch),
  }

  beforeAll(async () => {
    database = await testDatabase()
    admin = connect(database.address, { max: 1 })
  }, STARTING_MS)
  afterEach(() => storage.close())
  afterAll(async () => {
    await admin.end()
    await database.close()
  })

  const open = async () => {
    storage = await openPostgres(database.address, listener)
    await storage.load()
  }
  const killAll = () => admin`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()`
  const all = { scope: everything, self: 'u' as never }
  const standing = async (recording: Changes['recordings'], audit: Changes['audit']) => [
    (await storage.stores.recordings.find(recording?.[0]?.id as never)) !== null,
    (await storage.stores.audit.find(audit?.[0]?.id as never, all)) !== null,
  ]

  test('inside a commit: nobody hears "durable", neither half is kept, the next one works', async () => {
    await open()
    const changes = { recordings: [aRecording()], audit: [anEntry()] }
    told.length = 0
    let commit: Promise<unknown> | undefined
    const other = connect(database.address, { max: 1 })
    await other.begin(async (tx) => {
      await tx`lock table audit in exclusive mode`
      commit = storage.commit(changes).then(
        () => 'durable',
        (error: unknown) => error,
      )
      // The recording is saved, its entry waits for the lock.
      let waiting = 0
      while (waiting === 0) {
        const [row] = await admin`select count(*)::int as n from pg_locks where not granted`
        waiting = row?.['n'] ?? 0
      }
      await admin`select pg_terminate_backend(pid) from pg_locks where not granted`
    })
    await other.end()
    expect(await commit).toBeInstanceOf(StorageUnavailable)
    expect(told).toEqual([])
    expect(await standing(changes.recordings, changes.audit)).toEqual([false, false])
    expect(storage.auditing()).toBe(false)
    await storage.commit(changes)
    expect(await standing(changes.recordings, changes.audit)).toEqual([true, true])
    expect(storage.auditing()).toBe(true)
    // What had no answer may have happened, so the live state was read anew.
    expect(reloads.length).toBeGreaterThan(0)
  })

  test('a storm: every commit and every read is answered, change and audit agree, and what was acknowledged is there', async () => {
    await open()
    const commits = Array.from({ length: 400 }, () => ({ recordings: [aRecording()], audit: [anEntry()] }))
    let storming = true
    const storm = (async () => {
      while (storming) {
        await killAll()
        await sleep(100)
      }
    })()
    const answers = await Promise.all(
      commits.map(async (changes, i) => {
        await sleep(i * 4)
        const read = storage.stores.recordings.find(changes.recordings[0]?.id as never).then(
          () => 'read',
          (error: Error) => error.name,
        )
        const written = storage.commit(changes).then(
          () => 'kept',
          (error: Error) => error.name,
        )
        return [await read, await written] as const
      }),
    )
    storming = false
    await storm

    const known = new Set(['read', 'kept', 'StorageUnavailable', 'Stale'])
    expect(answers.flat().filter((each) => !known.has(each))).toEqual([])
    let kept = 0
    for (const [i, { recordings, audit }] of commits.entries()) {
      const [change, entry] = await standing(recordings, audit)
      expect(change).toBe(entry as boolean)
      if (answers[i]?.[1] === 'kept') expect(change).toBe(true)
      kept += answers[i]?.[1] === 'kept' ? 1 : 0
    }
    console.info(`a storm left ${kept} of 400 commits acknowledged`)
    expect(kept).toBeGreaterThan(0)
  }, 60_000)

  test('afterwards nothing lingers: a hundred commits and reads in a row all go through', async () => {
    await open()
    await killAll()
    for (let i = 0; i < 100; i++) {
      const recording = aRecording()
      await storage.commit({ recordings: [recording] }).catch(() => storage.commit({ recordings: [recording] }))
      expect(await storage.stores.recordings.find(recording.id)).not.toBeNull()
    }
  }, 60_000)
})

/** What only a server can show: statements that take too long, or that somebody ends. */
describe('postgres, with statements that are ended', () => {
  let database: TestDatabase
  let admin: Sql
  let storage: Storage
  beforeAll(async () => {
    database = await testDatabase()
    admin = connect(database.address, { max: 1 })
    storage = await openPostgres(database.address, { committed() {}, reloaded() {} })
    await storage.load()
  }, STARTING_MS)
  afterAll(async () => {
    await Promise.all([storage.close(), admin.end()])
    await database.close()
  })

  /** Those that serve the controller, by what they are at. */
  const others = async (state: 'active' | 'idle') => {
    const rows = await admin`select pid from pg_stat_activity where datname = current_database() and state = ${state}
      and backend_type = 'client backend' and pid <> pg_backend_pid()`
    return rows.map((row): number => row['pid'])
  }
  const errorOf = (work: Promise<unknown>) =>
    work.then(
      () => undefined,
      (error: unknown) => error,
    )

  test('a read that waits for a lock ends at the server too, and costs no connection', async () => {
    const recording = aRecording()
    await storage.commit({ recordings: [recording] })
    await storage.stores.recordings.find(recording.id)
    const before = await others('idle')
    const locked = await admin.reserve()
    await locked`begin`
    await locked`lock table recordings in access exclusive mode`
    const found = errorOf(storage.stores.recordings.find(recording.id))
    expect(await found).toBeInstanceOf(StorageUnavailable)
    const [waiting] = await locked`select count(*)::int as n from pg_locks where not granted`
    expect(waiting?.['n']).toBe(0)
    await locked`rollback`
    locked.release()
    expect(await others('active')).toEqual([])
    expect((await storage.stores.recordings.find(recording.id))?.id).toBe(recording.id)
    expect(await others('idle')).toEqual(expect.arrayContaining(before))
  }, 30_000)

  test('it is asked once, and so is a part of a snapshot', async () => {
    const server = serverAt(database.address)
    for (const read of [server.read, server.snapshot]) {
      let asked = 0
      const slow = read((db) => {
        asked++
        return db.execute(sql`select pg_sleep(60)`)
      })
      expect(await errorOf(slow)).toBeInstanceOf(StorageUnavailable)
      expect(asked).toBe(1)
      expect(await others('active')).toEqual([])
    }
    await server.close()
  }, 30_000)

  test('an address that names no limit says none, for poolers that take no such parameter', async () => {
    const said: string[] = []
    const refusal = 'SFATAL\0C08P01\0Munsupported startup parameter\0\0'
    const pooler = createServer((socket) =>
      socket.once('data', (data) => {
        said.push(data.toString())
        socket.end(`E\0\0\0${String.fromCharCode(4 + refusal.length)}${refusal}`)
      }),
    )
    await new Promise<void>((listening) => pooler.listen(0, '127.0.0.1', listening))
    const { port } = pooler.address() as AddressInfo
    for (const query of ['', '?statement_timeout=']) {
      const server = serverAt(`postgres://who@127.0.0.1:${port}/what${query}`)
      expect(await errorOf(server.read((db) => db.execute(sql`select 1`)))).toBeInstanceOf(StorageUnavailable)
      await server.close()
    }
    pooler.close()
    // A read is asked twice.
    expect(said.map((each) => each.includes('statement_timeout'))).toEqual([true, true, false, false])
  })

  test('a commit that somebody ends has kept nothing, and the next one is made on the same connection', async () => {
    const changes = { recordings: [aRecording()], audit: [anEntry()] }
    await storage.commit({ recordings: [aRecording()] })
    const before = await others('idle')
    const locked = await admin.reserve()
    await locked`begin`
    await locked`lock table audit in exclusive mode`
    const commit = errorOf(storage.commit(changes))
    for (let ended = 0; ended === 0; ) {
      const rows = await locked`select pg_cancel_backend(pid) from pg_locks where not granted`
      ended = rows.length
    }
    expect(await commit).toBeInstanceOf(StorageUnavailable)
    await locked`rollback`
    locked.release()
    expect(await storage.stores.recordings.find(changes.recordings[0]?.id as never)).toBeNull()
    await storage.commit(changes)
    expect(await storage.stores.recordings.find(changes.recordings[0]?.id as never)).not.toBeNull()
    expect(await others('idle')).toEqual(expect.arrayContaining(before))
  }, 30_000)
})

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { everything } from '../../core/access/scope.ts'
import { type Changes, type Listener, type Storage, StorageUnavailable } from '../../core/ports/storage.ts'
import { anEntry, aRecording } from './conformance/builders.ts'
import { connect, type Sql } from './postgres/client.ts'
import { openPostgres } from './postgres/open.ts'
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

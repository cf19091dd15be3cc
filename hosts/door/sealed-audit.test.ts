import { afterEach, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { anEntry } from '../../adapters/storage/conformance/builders.ts'
import { connect } from '../../adapters/storage/postgres/client.ts'
import { openPostgres } from '../../adapters/storage/postgres/open.ts'
import type { AccessPolicy } from '../../core/access/rule.ts'
import { sealRunner } from '../../core/runners/seal-runner.ts'
import { thinningRunner } from '../../core/runners/thinning-runner.ts'
import { runLoop } from '../run-loop.ts'
import { TestRoom } from './testing-room.ts'
import { A_MINUTE, exported, faultsOf, seal, sealedTrail, THIN_AFTER_MS, thinning, verified } from './testing-seals.ts'
import { everyStorage, freshDatabases } from './testing-storages.ts'

// Of the storages here each is a database of its own.
setDefaultTimeout(30_000)

const everySecond = { lease: 0, refusal: 0, retention: 0, seal: 1000, session: 0, thinning: 0 }

for (const [storage, open] of everyStorage()) {
  describe(`the audit is sealed: ${storage}`, () => {
    let room: TestRoom
    afterEach(() => room.close())

    const commit = (count: number, more: object = {}) => {
      const audit = Array.from({ length: count }, () => anEntry({ createdAt: room.clock.at, ...more }))
      return room.room.world.storage.commit({ audit })
    }
    const seals = async (owner: string, query = '') =>
      (await room.ask('GET', `/audit-events/seals${query}`, { token: owner })).body

    test('a segment is closed when its first entry has waited a minute, and not before', async () => {
      room = await TestRoom.open(open)
      const owner = await room.signIn()
      expect(await seal(room, A_MINUTE - 1)).toBe(0)
      expect((await seals(owner)).data).toEqual([])
      expect(await seal(room, 1)).toBeGreaterThan(1)
      expect(await seal(room, 0)).toBe(0)
      const [only] = (await seals(owner)).data
      expect(only).toMatchObject({ number: 1, firstSeq: 1, entries: only.lastSeq, keyId: room.room.world.notary.keyId })
      expect(Object.keys(only)).not.toContain('leaves')
    })

    test('a thousand that wait are a segment at once; the rest goes on waiting', async () => {
      room = await TestRoom.open(open)
      const owner = await room.signIn()
      await commit(2500)
      expect(await seal(room, 0)).toBe(2000)
      const { data, meta } = await seals(owner, '?limit=1')
      expect(data).toMatchObject([{ number: 2, firstSeq: 1001, lastSeq: 2000, entries: 1000 }])
      expect(meta).toMatchObject({ total: 2, returned: 1, hasNextPage: true })
      expect((await seals(owner, '?offset=1')).data).toMatchObject([{ number: 1, hash: data[0].previous }])
      expect(faultsOf(await exported(room, owner))).toEqual([])
    })

    test('sealing leaves no entry: there is an end to it', async () => {
      room = await TestRoom.open(open)
      await room.signIn()
      expect(await seal(room)).toBeGreaterThan(0)
      const { audit } = room.room.world.storage.stores
      const before = await audit.head()
      for (let minute = 0; minute < 5; minute++) expect(await seal(room)).toBe(0)
      expect(await audit.head()).toBe(before)
    })

    test('at a clean stop nothing is left to be sealed', async () => {
      room = await TestRoom.open(open)
      await room.signIn()
      const { storage, notary } = room.room.world
      await runLoop(room.room.world, [sealRunner], everySecond).stop()
      expect(await storage.stores.seals.last()).toMatchObject({ lastSeq: await storage.stores.audit.head() })
      expect(notary.lastSeal()).toMatchObject({ number: 1 })
    })

    test('what is thinned is told, and its seal stands; what changed something, or was refused, stays', async () => {
      room = await TestRoom.open(open, thinning)
      const owner = await room.signIn()
      await room.ask('GET', '/nodes?q=looked', { token: owner })
      await room.enrol(owner)
      await room.ask('GET', '/nodes', { token: 'nobody' })
      await room.ask('GET', '/nodes/node_missing', { token: owner })
      const thin = () => thinningRunner.tick(room.room.world, room.clock.at)
      room.clock.at += THIN_AFTER_MS + 1
      expect(await thin()).toBe(0)
      await seal(room, 0)
      room.clock.at += 1

      const before = await room.trail(owner, '')
      const thinned = await thin()
      expect(thinned).toBeGreaterThan(1)
      const again = await room.signIn()
      const after = await room.trail(again, '')
      const gone = before.filter((each) => !after.includes(each))
      // Of a read that failed the gate's word may go; that it failed is kept.
      expect(gone.toSorted()).toEqual([
        'nodes.detail.read allowed',
        'nodes.read allowed',
        'nodes.read.succeeded succeeded',
      ])
      expect(after).toContain('audit.events.thin.succeeded succeeded')
      const [told] = (await room.ask('GET', '/audit-events?action=audit.events.thin', { token: again })).body.data
      expect(told.details).toMatchObject({ thinnedCount: thinned })
      expect(await thin()).toBe(0)

      await seal(room)
      const file = await exported(room, again)
      expect(faultsOf(file)).toEqual([])
      expect(verified(file).verifier.counts.thinned).toBe(thinned)
    })

    test('unless an age is set, nothing is thinned', async () => {
      room = await TestRoom.open(open)
      const owner = await room.signIn()
      await room.ask('GET', '/nodes', { token: owner })
      await seal(room)
      room.clock.at += 100 * THIN_AFTER_MS
      expect(await thinningRunner.tick(room.room.world, room.clock.at)).toBe(0)
    })

    test('so many are thinned at once, and as many again, and each time it is told', async () => {
      room = await TestRoom.open(open, thinning)
      await commit(2300, { fleeting: true })
      room.clock.at += THIN_AFTER_MS + 1
      await seal(room, 0)
      const ticks = []
      for (let tick = 0; tick < 4; tick++) ticks.push(await thinningRunner.tick(room.room.world, room.clock.at))
      expect(ticks).toEqual([2300, 0, 0, 0])
    })

    test('a choice shows what was chosen, with its seals, and says that it is one', async () => {
      room = await TestRoom.open(open, thinning)
      const { owner } = await sealedTrail(room)
      const file = await exported(room, owner, '&action=nodes.enroll.succeeded')
      const lines = file
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line))
      const events = lines.filter(({ action }) => action)
      expect(events.every(({ action }) => action === 'nodes.enroll.succeeded')).toBe(true)
      expect(events.length).toBeGreaterThan(10)
      expect(lines.at(-1).manifest).toMatchObject({ complete: false, filter: { action: 'nodes.enroll.succeeded' } })
      expect(faultsOf(file)).toEqual([])
      const altered = file.replace('Hall', 'Mall')
      expect(faultsOf(altered)[0]).toContain('was altered')
      const one = await exported(room, owner, `&id=${events[20].id}`)
      expect(one.trimEnd().split('\n')).toHaveLength(3)
      const none = await exported(room, owner, '&to=2020-01-01T00:00:00Z')
      expect(JSON.parse(none).manifest).toMatchObject({ lines: 0, filter: { to: '2020-01-01T00:00:00.000Z' } })
      expect([faultsOf(one), faultsOf(none)]).toEqual([[], []])
    })

    test('how much there is, only those are told from whom nothing is hidden', async () => {
      room = await TestRoom.open(open)
      await room.signIn()
      await seal(room)
      const everything = { resourceType: '*', resourceId: '*' }
      const auditors = [
        await room.user(['auditor']),
        await room.user(['auditor'], [{ resourceType: 'node', resourceId: '*' }]),
      ]
      const seeing = [await room.user(['admin']), await room.user(['auditor'], [everything])]
      const status = async ({ token }: { token: string }) =>
        (await room.ask('GET', '/audit-events/seals', { token })).status
      expect(await Promise.all(auditors.map(status))).toEqual([403, 403])
      expect(await Promise.all(seeing.map(status))).toEqual([200, 200])
      expect((await room.ask('GET', '/audit-events/seals')).status).toBe(401)
      const isSealed = async ({ token }: { token: string }) => {
        const { body } = await room.ask('GET', '/audit-events/export?format=ndjson', { token })
        return ['"seq":', '"seal":', '"manifest":', '"targetKin":'].map((each) => body.includes(each))
      }
      const [no, yes] = [
        [false, false, false, false],
        [true, true, true, true],
      ]
      expect(await Promise.all(auditors.map(isSealed))).toEqual([no, no])
      expect(await Promise.all(seeing.map(isSealed))).toEqual([yes, yes])

      const denied = await room.user(['admin'])
      const said = {
        effect: 'deny',
        subjectType: 'user',
        subjectId: denied.user.id,
        resourceType: 'node',
        resourceId: 'n',
      }
      const policies = [{ id: 'p', ...said }] as unknown as readonly AccessPolicy[]
      await room.room.world.storage.commit({ policyBooks: [{ id: 'access-policies', version: 0, policies }] })
      expect(await status(denied)).toBe(403)
      expect(await isSealed(denied)).toEqual(no)
    })
  })
}

describe('a database that was tampered with is found out by the next export', () => {
  const database = freshDatabases()
  let room: TestRoom
  afterEach(() => room.close())

  /** A sealed trail, and its database in somebody's hands; then the next export, sealed once more where that can be. */
  async function tampered(statement: (last: number) => string): Promise<readonly string[]> {
    const address = await database()
    room = await TestRoom.open((listener) => openPostgres(address, listener), thinning)
    const owner = await room.signIn()
    for (let segment = 0; segment < 4; segment++) {
      for (let node = 0; node < 2; node++) await room.enrol(owner)
      await room.ask('GET', `/nodes?q=${segment}`, { token: owner })
      if (segment < 3) await seal(room)
    }
    expect(faultsOf(await exported(room, owner))).toEqual([])
    const sql = connect(address, { max: 1 })
    await sql.unsafe(statement(await room.room.world.storage.stores.audit.head()))
    await sql.end()
    await seal(room).catch(() => {})
    return faultsOf(await exported(room, owner), { keyIds: new Set([room.room.world.notary.keyId]) })
  }

  test.each<[string, (last: number) => string, RegExp]>([
    [
      'an entry is altered',
      () => `update audit set reason = 'another' where seq = 3`,
      /^3: event 3 \(\S+\) was altered/,
    ],
    [
      'its details are',
      () => `update audit set details = details || '{"x":1}' where seq = 3`,
      /event 3 \(\S+\) was altered/,
    ],
    [
      'what it was about is',
      () => `update audit set target_kin = '{node:other}' where seq = 3`,
      /event 3 \(\S+\) was altered/,
    ],
    ['an entry is deleted', () => 'delete from audit where seq = 3', /^3: event 3 is missing/],
    ['several are', () => 'delete from audit where seq between 3 and 9', /^3: event 3 is missing/],
    [
      'one is called fleeting, and deleted',
      () => 'update audit set fleeting = true where seq = 3; delete from audit where seq = 3',
      /event 3 is missing/,
    ],
    [
      'two change places',
      () =>
        'update audit set seq = -3 where seq = 3; update audit set seq = 3 where seq = 4; update audit set seq = 4 where seq = -3',
      /event 3 \(\S+\) was altered/,
    ],
    [
      'one that waits for its seal is deleted',
      (last) => `delete from audit where seq = ${last - 2}`,
      /event \d+ was gone before it was sealed/,
    ],
    [
      'all that wait for it are',
      () => 'delete from audit where seq > (select max(last_seq) from seals)',
      /event \d+ was gone before it was sealed/,
    ],
    [
      'a seal is altered',
      () => `update seals set sealed_at = sealed_at + interval '1 day' where number = 2`,
      /seal 2 was altered/,
    ],
    [
      'a leaf is marked as what may be thinned',
      () => `update seals set leaves[3] = replace(leaves[3], 'kept', 'fleeting') where number = 1`,
      /seal 1 was altered/,
    ],
    ['a seal is deleted', () => 'delete from seals where number = 2', /seal 2 is missing/],
    [
      'the last is, so that its entries are sealed anew',
      () => 'delete from seals where number = 3',
      /seal 3 \(\S+\) was made, and is missing/,
    ],
    ['all of them are', () => 'delete from seals', /seal 3 \(\S+\) was made, and is missing/],
    ['seals are renumbered', () => `update seals set number = 9 where number = 2`, /seal/],
    ['everything is gone', () => 'delete from seals; delete from audit', /missing/],
  ])('%s', async (_, statement, named) => {
    expect((await tampered(statement)).join('\n')).toMatch(named)
  })

  test('once a seal was taken back, nothing is sealed any more: it would vouch for what was altered', async () => {
    const address = await database()
    room = await TestRoom.open((listener) => openPostgres(address, listener))
    await room.signIn()
    await seal(room)
    const sql = connect(address, { max: 1 })
    await sql.unsafe(`delete from seals; update audit set reason = 'another' where seq = 1`)
    await sql.end()
    await expect(seal(room)).rejects.toThrow('seal 1 was stored, and is not there any more')
    expect(await room.room.world.storage.stores.seals.last()).toBeNull()
  })
})

describe('two controllers on one database, each with a key of its own', () => {
  const database = freshDatabases()

  test('seal one chain between them, whoever comes first', async () => {
    const address = await database()
    const open = () => TestRoom.open((listener) => openPostgres(address, listener))
    const rooms = [await open(), await open()] as const
    const [first, second] = rooms
    const owner = await first.signIn()
    let sealedByBoth = 0
    for (let round = 0; round < 12; round++) {
      await Promise.all(
        rooms.map((room) => room.room.world.storage.commit({ audit: [anEntry({ createdAt: room.clock.at })] })),
      )
      const counts = await Promise.all(rooms.map((room) => seal(room)))
      sealedByBoth += counts.reduce((a, b) => a + b)
    }
    const { stores } = first.room.world.storage
    expect(sealedByBoth).toBe(await stores.audit.head())
    const keyIds = new Set(rooms.map(({ room }) => room.world.notary.keyId))
    const file = await exported(first, owner)
    expect(faultsOf(file, { keyIds })).toEqual([])
    const { verifier } = verified(file)
    console.info(`of ${verifier.counts.seals} seals the keys of ${verifier.keyIds.size} controllers signed`)
    expect(faultsOf(await exported(second, await second.signIn()), { keyIds })).toEqual([])
    await Promise.all(rooms.map((room) => room.close()))
  })
})

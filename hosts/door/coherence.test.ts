import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { connect } from '../../adapters/storage/postgres/client.ts'
import { openPostgres } from '../../adapters/storage/postgres/open.ts'
import type { PolicyId } from '../../core/ids.ts'
import { TestRoom } from './testing-room.ts'
import { freshDatabases } from './testing-storages.ts'
import { soon } from './testing-tools.ts'

describe('what one controller changes, the other on the same database obeys', () => {
  const database = freshDatabases()
  let address: Awaited<ReturnType<typeof database>>
  let here: TestRoom
  let there: TestRoom
  let owner: string

  beforeEach(async () => {
    address = await database()
    const open = () => TestRoom.open((listener) => openPostgres(address, listener))
    here = await open()
    there = await open()
    owner = await here.signIn()
  })
  afterEach(() => Promise.all([here.close(), there.close()]))

  const statusOf = async (room: TestRoom, path: string, token: string) =>
    (await room.ask('GET', path, { token })).status
  const cutListeners = async () => {
    const admin = connect(address, { max: 1 })
    await admin`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()
      and query ilike 'listen%' and pid <> pg_backend_pid()`
    await admin.end()
  }
  const disabled = async (id: string) => {
    const user = here.room.world.live.users.get(id)
    if (user) await here.room.world.storage.commit({ users: [{ ...user, disabledAt: here.clock.at }] })
  }

  test('a session that was begun here is known there, and ended there is unknown here', async () => {
    await soon(async () => expect(await statusOf(there, '/auth/me', owner)).toBe(200))
    await there.ask('POST', '/auth/logout', { token: owner })
    await soon(async () => expect(await statusOf(here, '/auth/me', owner)).toBe(401))
  })

  test('a node enrolled here is known there; of a rotated credential the old one is dead there', async () => {
    const { nodeId, token } = await here.enrol(owner)
    const beat = async (credential: string) =>
      (
        await there.ask('POST', `/nodes/${nodeId}/heartbeat`, {
          token: credential,
          body: { agentVersion: '1', hostname: 'rec' },
        })
      ).status
    await soon(async () => expect(await beat(token)).toBe(202))
    const rotated = await here.ask('POST', `/nodes/${nodeId}/credentials/rotate`, { token: owner })
    await soon(async () => expect(await beat(token)).toBe(401))
    expect(await beat(rotated.body.data.credential.token)).toBe(202)
    await soon(async () => expect(await statusOf(there, `/nodes/${nodeId}`, owner)).toBe(200))
  })

  test('a user who is disabled, or removed, is out everywhere', async () => {
    const [one, two] = [await here.user(['viewer']), await here.user(['viewer'])]
    for (const { token } of [one, two])
      await soon(async () => expect(await statusOf(there, '/auth/me', token)).toBe(200))
    await disabled(one.user.id)
    const gone = here.room.world.live.users.get(two.user.id)
    if (gone) await here.room.world.storage.commit({ removed: { users: [gone] } })
    for (const { token } of [one, two])
      await soon(async () => expect(await statusOf(there, '/auth/me', token)).toBe(401))
    expect(there.room.world.live.users.has(two.user.id)).toBe(false)
  })

  test('whoever had a password reset elsewhere is signed out, and in again with the new one', async () => {
    const { user, token } = await here.user(['viewer'])
    await soon(async () => expect(await statusOf(there, '/auth/me', token)).toBe(200))
    const other = await there.signIn(user.email, 'a password')
    const reset = await here.ask('PATCH', `/auth/users/${user.id}/password`, {
      token: owner,
      body: { password: 'a new password' },
    })
    expect(reset.status).toBe(200)
    const again = await here.signIn(user.email, 'a new password')
    for (const old of [token, other]) await soon(async () => expect(await statusOf(there, '/auth/me', old)).toBe(401))
    await soon(async () => expect(await statusOf(there, '/auth/me', again)).toBe(200))
  })

  test('a policy holds everywhere', async () => {
    const { nodeId } = await here.enrol(owner)
    await soon(async () => expect(await statusOf(there, `/nodes/${nodeId}`, owner)).toBe(200))
    const deny = { effect: 'deny', subjectType: 'everyone', resourceType: 'node', resourceId: nodeId } as const
    const policies = [{ id: 'p' as PolicyId, ...deny }]
    await here.room.world.storage.commit({ policyBooks: [{ id: 'access-policies', version: 0, policies }] })
    await soon(async () => expect(await statusOf(there, `/nodes/${nodeId}`, owner)).toBe(403))
  })

  test('what is ordered here is claimed there', async () => {
    const { nodeId, token } = await here.enrol(owner)
    await here.ask('POST', '/recordings', { token: owner, body: { nodeId } })
    const claim = () => there.ask('POST', `/nodes/${nodeId}/recording-jobs/claim-next`, { token })
    await soon(async () => expect((await claim()).status).toBe(200))
  })

  test('also after the connections that listen were cut, again and again', async () => {
    for (let round = 0; round < 3; round++) {
      const { user, token } = await here.user(['viewer'])
      await soon(async () => expect(await statusOf(there, '/auth/me', token)).toBe(200))
      await cutListeners()
      await disabled(user.id)
      await soon(async () => expect(await statusOf(there, '/auth/me', token)).toBe(401))
    }
  })

  test('more than a note can carry is heard all the same', async () => {
    const users = Array.from({ length: 400 }, (_, i) => ({
      ...(here.room.world.live.users.values().next().value as never as object),
      id: crypto.randomUUID(),
      email: `${i}@example.org`,
      version: 0,
    }))
    await here.room.world.storage.commit({ users: users as never })
    await soon(async () => expect(there.room.world.live.users.size).toBe(here.room.world.live.users.size))
  })
})

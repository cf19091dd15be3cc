import { afterEach, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { openPostgres } from '../../adapters/storage/postgres/open.ts'
import { type Asking, TestRoom } from './testing-room.ts'
import { everyStorage, freshDatabases } from './testing-storages.ts'

setDefaultTimeout(20_000)

const everyone = { effect: 'deny', subjectType: 'everyone', resourceType: 'node', resourceId: 'n1' }
const ada = { effect: 'deny', subjectType: 'user', subjectId: 'ada@x', resourceType: 'node', resourceId: 'n1' }
const staff = { effect: 'allow', subjectType: 'group', subjectId: 'staff', resourceType: 'site', resourceId: '*' }

const database = freshDatabases()

for (const [name, storage] of everyStorage()) {
  describe(`access policies, over ${name}`, () => {
    let room: TestRoom
    let owner: string
    afterEach(() => room.close())

    const open = async () => {
      room = await TestRoom.open(storage)
      owner = await room.signIn()
    }
    const read = (path = '') => room.ask('GET', `/auth/access-policies${path}`, { token: owner })
    const write = (policies: unknown, more: Asking = {}) =>
      room.ask('PATCH', '/auth/access-policies', { token: owner, body: { policies }, ...more })
    const ifMatch = (tag: string | null) => ({ headers: { 'if-match': tag ?? '' } })
    const entries = async (action: string) =>
      (await room.ask('GET', `/audit-events?action=${action}`, { token: owner })).body.data

    test('the list is replaced as a whole, in its order; what stays the same keeps its id', async () => {
      await open()
      expect((await read()).body).toEqual({ data: [] })
      const first = await write([{ ...ada, id: 'mine', reason: 'on leave' }, staff])
      expect(first.status).toBe(200)
      expect(first.body.data).toEqual([
        { ...ada, reason: 'on leave', id: expect.stringMatching(/^policy_/) },
        { ...staff, id: expect.stringMatching(/^policy_/) },
      ])
      expect((await read()).body).toEqual(first.body)
      const [adas, staffs] = first.body.data

      const second = await write([everyone, { ...staff, reason: 'new' }, ada])
      expect(second.body.data).toEqual([
        { ...everyone, id: expect.any(String) },
        { ...staff, id: staffs.id, reason: 'new' },
        { ...ada, id: adas.id },
      ])
      expect((await read()).body).toEqual(second.body)
      const [entry] = await entries('auth.access_policies.update.succeeded')
      expect(entry.before.policies).toEqual(first.body.data)
      expect(entry.after.policies).toEqual(second.body.data)
      expect(entry.target).toEqual({ type: 'auth' })

      expect((await write(undefined)).body).toEqual({ data: [] })
      expect((await read()).body).toEqual({ data: [] })
    })

    test('of repetitions the last is meant, in the place of the first', async () => {
      await open()
      const { body } = await write([
        { ...ada, reason: 'once' },
        staff,
        { ...ada, reason: 'again' },
        { ...everyone, subjectId: 'x' },
        everyone,
      ])
      expect(body.data).toMatchObject([{ ...ada, reason: 'again' }, staff, everyone])
      expect(body.data[2]).not.toHaveProperty('subjectId')
      expect(new Set(body.data.map(({ id }: { id: string }) => id)).size).toBe(3)
    })

    test('a policy that could never match, or is too long, is refused, and nothing of the list is taken', async () => {
      await open()
      await write([staff])
      const { subjectId: _, ...nobody } = ada
      const most = Array.from({ length: 1000 }, (_, i) => ({ ...ada, resourceId: `n${i}` }))
      for (const [wrong, path] of [
        [nobody, 'subjectId'],
        [{ ...ada, subjectId: ' ' }, 'subjectId'],
        [{ ...ada, subjectType: 'role' }, 'subjectType'],
        [{ ...ada, effect: 'maybe' }, 'effect'],
        [{ ...ada, resourceType: 'x'.repeat(81) }, 'resourceType'],
        [{ ...ada, resourceId: '' }, 'resourceId'],
        [{ ...ada, resourceId: 'x'.repeat(161) }, 'resourceId'],
        [{ ...ada, subjectId: 'x'.repeat(161) }, 'subjectId'],
        [{ ...ada, reason: 'x'.repeat(161) }, 'reason'],
        [{ ...ada, resourceId: 'n\ud800' }, 'resourceId'],
        [{ ...ada, subjectId: 'a\0' }, 'subjectId'],
      ] as const) {
        const { status, body } = await write([staff, wrong])
        expect([status, body.error, body.issues[0].path]).toEqual([
          400,
          'Invalid access policies',
          ['policies', 1, path],
        ])
      }
      for (const wrong of [[...most, staff], 'all', null, {}, [1]]) expect((await write(wrong)).status).toBe(400)
      expect((await read()).body.data).toMatchObject([staff])
      expect((await entries('auth.access_policies.update.failed'))[0].reason).toBe('invalid_request')
      expect((await write(most)).body.data).toHaveLength(1000)
    })

    test('it takes effect on the next request, for everybody, and takes nothing from roles', async () => {
      await open()
      const { nodeId } = await room.enrol(owner)
      const { recordingId } = {
        recordingId: (await room.ask('POST', '/recordings', { token: owner, body: { nodeId } })).body.data.id,
      }
      const viewer = await room.user(['viewer'])
      const see = async (token: string) => [
        (await room.ask('GET', `/nodes/${nodeId}`, { token })).status,
        (await room.ask('GET', `/recordings/${recordingId}`, { token })).status,
        (await room.ask('GET', '/nodes', { token })).body.meta.total,
      ]
      expect(await see(viewer.token)).toEqual([403, 403, 0])
      const ofNode = { resourceType: 'node', resourceId: nodeId }
      await write([{ effect: 'allow', subjectType: 'user', subjectId: viewer.user.email, ...ofNode }])
      expect(await see(viewer.token)).toEqual([200, 200, 1])
      expect((await room.ask('PATCH', `/nodes/${nodeId}`, { token: viewer.token, body: { alias: 'x' } })).status).toBe(
        403,
      )
      await write([{ effect: 'deny', subjectType: 'everyone', ...ofNode }])
      expect(await see(owner)).toEqual([403, 403, 0])
    })

    test('whoever denied everybody everything can take it back', async () => {
      await open()
      const { nodeId } = await room.enrol(owner)
      const all = { effect: 'deny', subjectType: 'everyone', resourceType: '*', resourceId: '*' }
      expect((await write([all, { ...all, resourceType: 'auth' }, { ...all, resourceId: 'auth' }])).status).toBe(200)
      expect((await room.ask('GET', `/nodes/${nodeId}`, { token: owner })).status).toBe(403)
      expect((await room.ask('GET', '/nodes', { token: owner })).body.data).toEqual([])
      owner = await room.signIn()
      for (const path of ['', '/actions']) expect((await read(path)).status).toBe(200)
      expect((await room.ask('GET', '/auth/actions', { token: owner })).status).toBe(200)
      expect((await write([])).status).toBe(200)
      expect((await room.ask('GET', `/nodes/${nodeId}`, { token: owner })).status).toBe(200)
    })

    test('of two administrators at once the later wins whole; with If-Match exactly one does', async () => {
      await open()
      const lists = Array.from({ length: 8 }, (_, i) => [
        { ...ada, resourceId: `a${i}` },
        { ...ada, resourceId: `b${i}` },
      ])
      const blind = await Promise.all(lists.map((list) => write(list)))
      expect(blind.map(({ status }) => status)).toEqual(lists.map(() => 200))
      const found = await read()
      expect(blind.map(({ body }) => body)).toContainEqual(found.body)
      // Each was decided on what the one before it left.
      const changes = (await entries('auth.access_policies.update.succeeded')).reverse()
      expect(changes).toHaveLength(8)
      for (const [i, { before }] of changes.entries())
        expect(before.policies).toEqual(changes[i - 1]?.after.policies ?? [])

      const tag = found.headers.get('etag')
      const careful = await Promise.all(lists.map((list) => write(list, ifMatch(tag))))
      const [won, ...more] = careful.filter(({ status }) => status === 200)
      expect(more).toEqual([])
      expect(careful.filter(({ status }) => status === 412)).toHaveLength(7)
      expect((await read()).body).toEqual(won?.body)
      expect((await read()).headers.get('etag')).toBe(won?.headers.get('etag') as string)
      expect((await entries('auth.access_policies.update.failed'))[0].reason).toBe('access_policies_changed')
    })

    test('If-Match asks for what was read, or for anything at all', async () => {
      await open()
      const empty = (await read()).headers.get('etag')
      expect(empty).toMatch(/^"[\w-]+"$/)
      const written = await write([ada], ifMatch(empty))
      const tag = written.headers.get('etag')
      expect(written.status).toBe(200)
      expect((await read()).headers.get('etag')).toBe(tag)
      for (const stale of [empty, `W/${tag}`, 'nonsense', '"access-policies-999"']) {
        const { status, body } = await write([], ifMatch(stale))
        expect([status, body.error]).toEqual([412, 'Access policies have changed since they were read'])
      }
      expect((await read()).body.data).toMatchObject([ada])
      for (const good of [tag, '*']) expect((await write([ada], ifMatch(good))).status).toBe(200)
      const now = (await read()).headers.get('etag')
      expect((await write([ada], ifMatch(`"another", ${now}`))).status).toBe(200)
    })

    test('they are for those who manage access, and offered to them', async () => {
      await open()
      const operator = await room.user(['operator', 'auditor'])
      for (const path of ['/auth/access-policies', '/auth/access-policies/actions', '/auth/actions']) {
        const answer = await room.ask('GET', path, { token: operator.token })
        expect([answer.status, answer.body.permission]).toEqual([403, 'auth:manage'])
      }
      expect((await write([], { token: operator.token })).status).toBe(403)
      await write([ada])
      const href = '/api/v1/auth/access-policies'
      const offer = (method: string, to: string) => ({ enabled: true, method, permission: 'auth:manage', href: to })
      expect((await read('/actions')).body.data).toEqual({
        actions: { read: offer('GET', href), update: offer('PATCH', href) },
        policies: [{ ...ada, id: expect.any(String) }],
        links: { actions: `${href}/actions`, policies: href },
      })
      const { actions } = (await room.ask('GET', '/auth/actions', { token: owner })).body.data
      expect(actions).toEqual({
        createGroup: offer('POST', '/api/v1/auth/groups'),
        createUser: offer('POST', '/api/v1/auth/users'),
        groups: offer('GET', '/api/v1/auth/groups'),
        listUsers: offer('GET', '/api/v1/auth/users'),
        policies: offer('GET', href),
        updatePolicies: offer('PATCH', href),
      })
    })
  })
}

test('policies outlive the process, with their ids; so does their absence', async () => {
  const address = await database()
  const again = async <T>(use: (room: TestRoom, token: string) => Promise<T>) => {
    const room = await TestRoom.open((listener) => openPostgres(address, listener))
    return use(room, await room.signIn()).finally(() => room.close())
  }
  const write = (policies: object[]) =>
    again((room, token) => room.ask('PATCH', '/auth/access-policies', { token, body: { policies } }))
  const read = () => again((room, token) => room.ask('GET', '/auth/access-policies', { token }))
  const written = await write([ada, staff])
  const found = await read()
  expect(found.body).toEqual(written.body)
  expect(found.headers.get('etag')).toBe(written.headers.get('etag') as string)
  await write([])
  expect((await read()).body).toEqual({ data: [] })
})

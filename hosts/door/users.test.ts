import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { openPostgres } from '../../adapters/storage/postgres/open.ts'
import { Administrator, CANARY } from './testing-access.ts'
import { TestRoom } from './testing-room.ts'
import { everyStorage, freshDatabases } from './testing-storages.ts'

for (const [name, storage] of everyStorage()) {
  describe(`users, over ${name}`, () => {
    let room: TestRoom
    let by: Administrator
    beforeEach(async () => {
      room = await TestRoom.open(storage)
      by = await Administrator.of(room)
    })
    afterEach(() => room.close())

    test('an account is made as it is meant: the email trimmed and in lower case, and nothing twice', async () => {
      const node = { resourceType: 'node', resourceId: 'n1' }
      const site = { resourceType: 'site', resourceId: 'n1' }
      const { status, body } = await by.create('  Mixed@Example.COM ', {
        name: ' Mixed ',
        roles: ['viewer', 'operator', 'viewer'],
        groupIds: ['crew', ' crew ', 'band'],
        resourceGrants: [node, site, { extra: 1, resourceId: 'n1', resourceType: 'node' }],
      })
      expect(status).toBe(201)
      expect(body.data).toEqual({
        id: expect.any(String),
        email: 'mixed@example.com',
        name: 'Mixed',
        provider: 'local',
        roles: ['viewer', 'operator'],
        permissions: expect.arrayContaining(['recording:control']),
        groups: [
          { id: 'crew', name: 'crew' },
          { id: 'band', name: 'band' },
        ],
        resourceGrants: [node, site],
      })
      expect((await room.signIn('MIXED@example.com', CANARY)).length).toBeGreaterThan(20)
      const again = await by.create('mixed@EXAMPLE.com')
      expect([again.status, again.body.error]).toEqual([409, 'Local user already exists'])
      expect(await by.trail('action=auth.users.create')).toEqual([
        'auth.users.create allowed',
        'auth.users.create.succeeded succeeded',
        'auth.users.create allowed',
        'auth.users.create.failed failed user_exists',
      ])
      const [entry] = await by.entries('action=auth.users.create.succeeded')
      expect(entry).toMatchObject({
        target: { type: 'user', id: body.data.id, name: 'mixed@example.com' },
        details: { email: 'mixed@example.com', provider: 'local' },
        after: { roles: ['viewer', 'operator'], resourceGrants: [node, site], groups: body.data.groups },
      })
      expect((await by.get('/auth/groups')).meta.total).toBe(2)
    })

    test('what is asked amiss makes none, and no group on the way', async () => {
      const amiss: readonly (readonly [string, object])[] = [
        ['no email', { email: 'nope' }],
        ['an email that is too long', { email: `${'x'.repeat(250)}@example.org` }],
        ['no name', { name: '  ' }],
        ['a short password', { password: 'seven77' }],
        ['a long password', { password: 'x'.repeat(201) }],
        ['no role', { roles: [] }],
        ['an unknown role', { roles: ['Owner'] }],
        ['an unknown member', { disabledAt: null }],
        ['a grant of a long type', { resourceGrants: [{ resourceType: 'x'.repeat(81), resourceId: 'x' }] }],
        ['a grant of a long id', { resourceGrants: [{ resourceType: 'x', resourceId: 'x'.repeat(161) }] }],
        ['too many grants', { resourceGrants: Array(1001).fill({ resourceType: 'x', resourceId: 'x' }) }],
        ['too many groups', { groupIds: Array(65).fill('x') }],
        ['a long group', { groupIds: ['x'.repeat(121)] }],
        ['a group that no database can name', { groupIds: ['a\0'] }],
        ['a group of half a character', { groupIds: ['a\ud800'] }],
        ['a name of half a character', { name: 'a\udc00' }],
        ['a grant that no database can name', { resourceGrants: [{ resourceType: 'node', resourceId: 'a\0' }] }],
        ['a grant of half a character', { resourceGrants: [{ resourceType: '\ud800', resourceId: 'x' }] }],
      ]
      for (const [what, wrong] of amiss) {
        const { status, body } = await by.create('ada@example.org', wrong)
        expect([what, status, body.error, body.issues?.length > 0]).toEqual([what, 400, 'Invalid local user', true])
      }
      expect((await by.get('/auth/users')).meta.total).toBe(1)
      expect((await by.get('/auth/groups')).meta.total).toBe(0)
      expect(await by.trail('action=auth.users.create.failed')).toEqual(
        amiss.map(() => 'auth.users.create.failed failed invalid_request'),
      )
    })

    test('of simultaneous accounts with one email one is made; simultaneous others all are, in one group', async () => {
      const same = await Promise.all(['a@x.org', 'A@x.org', 'a@X.org', ' a@x.org'].map((email) => by.create(email)))
      expect(same.map(({ status }) => status).toSorted()).toEqual([201, 409, 409, 409])
      const others = Array.from({ length: 6 }, (_, i) => by.create(`b${i}@x.org`, { groupIds: ['crew'] }))
      for (const { status } of await Promise.all(others)) expect(status).toBe(201)
      expect((await by.get('/auth/groups/crew')).data.group.memberCount).toBe(6)
    })

    test('the list is in order, counts everybody, and takes any page', async () => {
      for (const email of ['c@x.org', 'a@x.org', 'b@x.org']) await by.made(email)
      const [{ id }] = (await by.get('/auth/users?limit=1')).data
      await by.ask('PATCH', `/auth/users/${id}/status`, { disabled: true })
      const page = async (query: string) => {
        const { status, body } = await by.ask('GET', `/auth/users?${query}`)
        const { limit, offset, total, hasNextPage } = body.meta
        return [
          status,
          body.data.map(({ email }: { email: string }) => email[0]).join(''),
          limit,
          offset,
          total,
          hasNextPage,
        ]
      }
      expect(await page('')).toEqual([200, 'abco', 50, 0, 4, false])
      expect(await page('limit=2')).toEqual([200, 'ab', 2, 0, 4, true])
      expect(await page('limit=2&offset=2')).toEqual([200, 'co', 2, 2, 4, false])
      expect(await page('limit=1.9&offset=1.9')).toEqual([200, 'b', 1, 1, 4, true])
      expect(await page('limit=0&offset=-3')).toEqual([200, 'a', 1, 0, 4, true])
      expect(await page('limit=lots&offset=few')).toEqual([200, 'abco', 50, 0, 4, false])
      expect(await page('limit=&offset=')).toEqual([200, 'abco', 50, 0, 4, false])
      expect(await page('limit=1e9&offset=99')).toEqual([200, '', 200, 99, 4, false])
      expect(await page('limit=-Infinity&offset=Infinity')).toEqual([200, '', 1, Number.MAX_SAFE_INTEGER, 4, false])
      expect(await page('limit=1&limit=2&unknown=1')).toEqual([200, 'abco', 50, 0, 4, false])
      const [entry] = await by.entries('action=auth.users.read.succeeded')
      expect(entry?.['target']).toEqual({ type: 'auth' })
    })

    test('one account is shown with what may be done to it, by either route', async () => {
      const id = await by.made('ada@x.org', { groupIds: ['crew'] })
      const { body } = await by.ask('GET', `/auth/users/${id}`)
      expect(await by.get(`/auth/users/${id}/actions`)).toEqual(body)
      const states = async (of: string, asker = by) => {
        const { actions } = (await asker.get(`/auth/users/${of}`)).data
        const words = Object.entries(actions as Record<string, { enabled: boolean; href?: string; reason?: string }>)
        for (const [, { enabled, href, reason }] of words) {
          expect([href !== undefined, reason === undefined]).toEqual([enabled, enabled])
        }
        return Object.fromEntries(words.map(([key, { reason }]) => [key, reason ?? 'ready']))
      }
      const open = { delete: 'ready', detail: 'ready', disable: 'ready', resetPassword: 'ready', updateAccess: 'ready' }
      expect(await states(id)).toEqual({ ...open, enable: 'user_already_enabled' })
      await by.ask('PATCH', `/auth/users/${id}/status`, { disabled: true })
      expect(await states(id)).toEqual({ ...open, enable: 'ready', disable: 'user_already_disabled' })
      const { data: self } = await by.get('/auth/me')
      expect(await states(self.id)).toEqual({
        ...open,
        delete: 'self_delete_denied',
        disable: 'self_disable_denied',
        enable: 'user_already_enabled',
      })
      const admin = await room.user(['admin'])
      expect(await states(self.id, by.as(admin.token))).toEqual({
        ...open,
        delete: 'local_admin_delete_denied',
        disable: 'local_admin_disable_denied',
        enable: 'user_already_enabled',
        resetPassword: 'owner_required',
      })
      for (const unknown of ['nobody', crypto.randomUUID(), 'x'.repeat(300)]) {
        const missing = await by.ask('GET', `/auth/users/${unknown}`)
        expect([missing.status, missing.body.error]).toEqual([404, 'User not found'])
        expect((await by.ask('GET', `/auth/users/${unknown}/actions`)).status).toBe(404)
      }
      expect(await by.trail('action=auth.users.actions.read&target=nobody')).toEqual([
        'auth.users.actions.read allowed',
        'auth.users.actions.read.failed failed user_not_found',
      ])
    })

    test('access is replaced as a whole, with the groups` real names, and reaches the next call of a live session', async () => {
      const { nodeId } = await room.enrol(by.token)
      const id = await by.made('ada@x.org')
      const ada = await room.signIn('ada@x.org', CANARY)
      const seesNode = async () => (await by.as(ada).ask('GET', `/nodes/${nodeId}`)).status
      expect(await seesNode()).toBe(403)
      await by.ask('POST', '/auth/groups', { name: 'The Crew' })
      const access = (body: object) => by.ask('PATCH', `/auth/users/${id}/access`, body)
      const grant = { resourceType: 'node', resourceId: nodeId }
      const given = await access({
        roles: ['operator', 'operator'],
        groupIds: ['the-crew', 'the-crew'],
        resourceGrants: [grant, grant],
      })
      expect(given.body.data).toMatchObject({
        roles: ['operator'],
        groups: [{ id: 'the-crew', name: 'The Crew' }],
        resourceGrants: [grant],
      })
      expect(await seesNode()).toBe(200)
      expect((await access({ roles: ['viewer'] })).body.data).toMatchObject({ groups: [], resourceGrants: [] })
      expect(await seesNode()).toBe(403)
      for (const wrong of [{}, { roles: [] }, { roles: ['viewer'], name: 'x' }, { roles: 'viewer' }]) {
        expect((await access(wrong)).body).toMatchObject({ error: 'Invalid user access', issues: [{}] })
      }
      const [last] = await by.entries(`action=auth.users.access.update.succeeded&target=${id}`)
      expect(last).toMatchObject({
        target: { type: 'user', id, name: 'ada@x.org' },
        before: { roles: ['operator'], groups: [{ id: 'the-crew', name: 'The Crew' }], resourceGrants: [grant] },
        after: { roles: ['viewer'], groups: [], resourceGrants: [] },
      })
    })

    test('what is shown may be sent back, however many groups it has become; no more than 64 are new at once', async () => {
      const id = await by.made('ada@x.org')
      const crowd = Array.from({ length: 70 }, (_, i) => `crew-${i}`)
      for (const name of crowd) await by.ask('POST', '/auth/groups', { name, memberIds: [id] })
      const shown = async () => {
        const { roles, groups, resourceGrants } = (await by.get(`/auth/users/${id}`)).data.user
        return { roles, resourceGrants, groupIds: groups.map((group: { id: string }) => group.id) }
      }
      const access = (body: object) => by.ask('PATCH', `/auth/users/${id}/access`, body)
      const before = await shown()
      expect(before.groupIds).toHaveLength(70)
      expect((await access(before)).status).toBe(200)
      const more = Array.from({ length: 65 }, (_, i) => `band-${i}`)
      const refused = await access({ ...before, groupIds: [...crowd, ...more] })
      expect([refused.status, refused.body.error, refused.body.issues[0].path]).toEqual([
        400,
        'Invalid user access',
        ['groupIds'],
      ])
      expect(await shown()).toEqual(before)
      expect((await access({ ...before, groupIds: [...crowd, ...more.slice(1)] })).status).toBe(200)
      expect((await shown()).groupIds).toHaveLength(134)
    })

    test('nobody gives up managing access itself; that is seen before existence is', async () => {
      const admin = await room.user(['admin'])
      const one = `/auth/users/${admin.user.id}/access`
      const asAdmin = by.as(admin.token)
      const demote = await asAdmin.ask('PATCH', one, { roles: ['viewer'] })
      expect([demote.status, demote.body.error]).toEqual([400, 'Local access manager must keep auth:manage'])
      const keep = await asAdmin.ask('PATCH', one, { roles: ['viewer', 'admin'] })
      expect(keep.status).toBe(200)
      expect((await by.ask('PATCH', '/auth/users/nobody/access', { roles: ['viewer'] })).status).toBe(404)
      expect(await by.trail('action=auth.users.access.update.failed')).toEqual([
        'auth.users.access.update.failed failed self_auth_manage_required',
        'auth.users.access.update.failed failed user_not_found',
      ])
    })

    test('simultaneous changes of one account serialize, and the trail tells how each followed from the one before', async () => {
      const id = await by.made('ada@x.org')
      const grants = Array.from({ length: 12 }, (_, i) => [{ resourceType: 'node', resourceId: `n${i}` }])
      const edits = grants.map((resourceGrants) =>
        by.ask('PATCH', `/auth/users/${id}/access`, { roles: ['viewer'], resourceGrants }),
      )
      for (const { status } of await Promise.all(edits)) expect(status).toBe(200)
      const told = await by.entries(`action=auth.users.access.update.succeeded&target=${id}`)
      expect(told).toHaveLength(12)
      const steps = told.toReversed()
      for (const [i, step] of steps.entries()) {
        if (i > 0) expect(step['before']).toEqual(steps[i - 1]?.['after'])
      }
      const { user } = (await by.get(`/auth/users/${id}`)).data
      expect(steps.at(-1)?.['after']).toMatchObject({ resourceGrants: user.resourceGrants })
    })
  })
}

describe('two controllers on one database', () => {
  const database = freshDatabases()

  test('an email that is taken at the other is taken, one after the other and at once', async () => {
    const address = await database()
    const open = () => TestRoom.open((listener) => openPostgres(address, listener))
    const rooms = [await open(), await open()] as const
    const [here, there] = [await Administrator.of(rooms[0]), await Administrator.of(rooms[1])]
    expect((await here.create('ada@x.org')).status).toBe(201)
    expect((await there.create('ada@x.org')).status).toBe(409)
    const both = await Promise.all([here, there, here, there].map((each) => each.create('eve@x.org')))
    expect(both.map(({ status }) => status).toSorted()).toEqual([201, 409, 409, 409])
    const groups = await Promise.all([here, there].map((each) => each.ask('POST', '/auth/groups', { name: 'Crew' })))
    expect(groups.map(({ body }) => body.data.id).toSorted()).toEqual(['crew', 'crew-2'])
    for (const room of rooms) await room.close()
  })
})

import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { Administrator, CANARY, OTHER_CANARY } from './testing-access.ts'
import { OWNER, TestRoom } from './testing-room.ts'
import { everyStorage } from './testing-storages.ts'

for (const [name, storage] of everyStorage()) {
  describe(`accounts that are closed, over ${name}`, () => {
    let room: TestRoom
    let by: Administrator
    beforeEach(async () => {
      room = await TestRoom.open(storage)
      by = await Administrator.of(room)
    })
    afterEach(() => room.close())

    const me = async (token: string) => (await by.as(token).ask('GET', '/auth/me')).status

    test('a reset ends the old password and every session, one`s own included', async () => {
      const id = await by.made('ada@x.org')
      const [one, two] = [await room.signIn('ada@x.org', CANARY), await room.signIn('ada@x.org', CANARY)]
      const reset = (of: string, body: object) => by.ask('PATCH', `/auth/users/${of}/password`, body)
      expect((await reset(id, { password: OTHER_CANARY, extra: 1 })).status).toBe(200)
      expect([await me(one), await me(two), await me(by.token)]).toEqual([401, 401, 200])
      const login = (password: string) => room.ask('POST', '/auth/login', { body: { email: 'ada@x.org', password } })
      expect([(await login(CANARY)).status, (await login(OTHER_CANARY)).status]).toEqual([401, 200])
      expect((await reset(id, { password: 'short' })).status).toBe(400)
      expect((await reset('nobody', { password: OTHER_CANARY })).status).toBe(404)
      const { data: self } = await by.get('/auth/me')
      expect((await reset(self.id, { password: OTHER_CANARY })).status).toBe(200)
      expect(await me(by.token)).toBe(401)
      by = by.as(await room.signIn(OWNER.email, OTHER_CANARY))
      expect(await by.trail('action=auth.users.password.reset.')).toEqual([
        'auth.users.password.reset.succeeded succeeded',
        'auth.users.password.reset.failed failed invalid_request',
        'auth.users.password.reset.failed failed user_not_found',
        'auth.users.password.reset.succeeded succeeded',
      ])
      const [entry] = await by.entries(`action=auth.users.password.reset.succeeded&target=${id}`)
      expect(entry).toMatchObject({ details: { sessionsRevoked: true }, before: { roles: ['viewer'] } })
    })

    test('whoever signs in with the old password while it is reset is out as well', async () => {
      const id = await by.made('ada@x.org')
      for (let round = 0; round < 5; round++) {
        const [old, next] = round % 2 === 0 ? [CANARY, OTHER_CANARY] : [OTHER_CANARY, CANARY]
        const logins = Array.from({ length: 4 }, () =>
          room.ask('POST', '/auth/login', { body: { email: 'ada@x.org', password: old } }),
        )
        const [reset, ...answers] = await Promise.all([
          by.ask('PATCH', `/auth/users/${id}/password`, { password: next }),
          ...logins,
        ])
        expect(reset.status).toBe(200)
        for (const { status, body } of answers) if (status === 200) expect(await me(body.data.token)).toBe(401)
      }
    })

    test('an account from elsewhere has no password to reset', async () => {
      const { user } = await room.user(['viewer'])
      const { passwordHash: _, ...elsewhere } = user
      await room.room.world.storage.commit({ users: [{ ...elsewhere, version: 1, provider: 'oidc', externalId: 'x' }] })
      const answer = await by.ask('PATCH', `/auth/users/${user.id}/password`, { password: CANARY })
      expect(answer.status).toBe(409)
      expect(await by.trail('action=auth.users.password.reset.failed')).toEqual([
        'auth.users.password.reset.failed failed non_local_user_password_unavailable',
      ])
      const { actions } = (await by.get(`/auth/users/${user.id}`)).data
      expect(actions.resetPassword.reason).toBe('non_local_user_password_unavailable')
      expect(room.room.world.live.users.get(user.id)?.passwordHash).toBeUndefined()
    })

    test('a disabled account is out at once, and enabling it revives no session', async () => {
      const id = await by.made('ada@x.org')
      const ada = await room.signIn('ada@x.org', CANARY)
      const set = (disabled: unknown, of = id) => by.ask('PATCH', `/auth/users/${of}/status`, { disabled })
      const first = (await set(true)).body.data.disabledAt
      expect(first).toBe(new Date(room.clock.at).toISOString())
      expect(await me(ada)).toBe(401)
      room.clock.at += 1000
      expect((await set(true)).body.data.disabledAt).toBe(new Date(room.clock.at).toISOString())
      expect((await set(false)).body.data).not.toHaveProperty('disabledAt')
      expect((await set(false)).status).toBe(200)
      expect(await me(ada)).toBe(401)
      expect(await me(await room.signIn('ada@x.org', CANARY))).toBe(200)
      expect([(await set('yes')).status, (await set(true, 'nobody')).status]).toEqual([400, 404])
      const { data: self } = await by.get('/auth/me')
      expect((await set(true, self.id)).status).toBe(400)
      const second = await room.user(['owner'])
      const bootstrap = await by.as(second.token).ask('PATCH', `/auth/users/${self.id}/status`, { disabled: true })
      expect(bootstrap.status).toBe(400)
      expect(await by.trail('action=auth.users.status.update.')).toEqual([
        ...Array(4).fill('auth.users.status.update.succeeded succeeded'),
        'auth.users.status.update.failed failed invalid_request',
        'auth.users.status.update.failed failed user_not_found',
        'auth.users.status.update.failed failed self_disable_denied',
        'auth.users.status.update.failed failed local_admin_disable_denied',
      ])
      const told = (await by.entries(`action=auth.users.status.update.succeeded&target=${id}`)).toReversed()
      expect(told.map(({ details }) => details)).toMatchObject([
        { disabled: true, sessionsRevoked: true },
        { disabled: true, sessionsRevoked: true },
        { disabled: false, sessionsRevoked: false },
        { disabled: false, sessionsRevoked: false },
      ])
      expect(told[0]?.['after']).toMatchObject({ disabledAt: first })
    })

    test('with an account go its sessions and the policies that name it, by id or by email; the trail stays', async () => {
      const id = await by.made('ada@x.org', { groupIds: ['crew'] })
      const ada = await room.signIn('ada@x.org', CANARY)
      const policy = { effect: 'deny', resourceType: 'node', resourceId: 'n' } as const
      const kept = [
        { ...policy, subjectType: 'user', subjectId: 'someone@x.org' },
        { ...policy, subjectType: 'group', subjectId: id },
      ] as const
      await by.policies([
        { ...policy, subjectType: 'user', subjectId: id },
        ...kept,
        { ...policy, subjectType: 'user', subjectId: 'ada@x.org' },
      ])
      const gone = await by.ask('DELETE', `/auth/users/${id}`)
      expect([gone.status, gone.body]).toEqual([204, ''])
      expect(await me(ada)).toBe(401)
      const { changes } = await room.room.world.storage.load()
      expect(changes.users?.map(({ email }) => email)).toEqual([OWNER.email])
      expect(changes.sessions?.filter(({ userId }) => userId === id)).toEqual([])
      expect(changes.policyBooks?.[0]?.policies).toMatchObject([
        { ...kept[0], id: 'policy_1' },
        { ...kept[1], id: 'policy_2' },
      ])
      expect((await by.get('/auth/groups/crew')).data.group.memberCount).toBe(0)
      expect((await by.ask('DELETE', `/auth/users/${id}`)).status).toBe(404)
      const { data: self } = await by.get('/auth/me')
      const second = await room.user(['owner'])
      expect((await by.ask('DELETE', `/auth/users/${self.id}`)).status).toBe(400)
      expect((await by.as(second.token).ask('DELETE', `/auth/users/${self.id}`)).status).toBe(400)
      expect(await by.trail('action=auth.users.delete.')).toEqual([
        'auth.users.delete.succeeded succeeded',
        'auth.users.delete.failed failed user_not_found',
        'auth.users.delete.failed failed self_delete_denied',
        'auth.users.delete.failed failed local_admin_delete_denied',
      ])
      const [entry] = await by.entries('action=auth.users.delete.succeeded')
      expect(entry).toMatchObject({
        target: { type: 'user', id, name: 'ada@x.org' },
        details: { email: 'ada@x.org', sessionsRevoked: true },
        before: { roles: ['viewer'], groups: [{ id: 'crew', name: 'crew' }] },
      })
      expect(await by.entries(`actor=${id}`)).not.toEqual([])
    })

    test('what races a deletion never brings the account back', async () => {
      for (let round = 0; round < 4; round++) {
        const id = await by.made('ada@x.org')
        const answers = await Promise.all([
          by.ask('PATCH', `/auth/users/${id}/access`, { roles: ['operator'] }),
          by.ask('PATCH', `/auth/users/${id}/status`, { disabled: true }),
          by.ask('DELETE', `/auth/users/${id}`),
          by.ask('PATCH', `/auth/users/${id}/status`, { disabled: false }),
          by.ask('POST', '/auth/groups', { name: 'Late', memberIds: [id] }),
          room.ask('POST', '/auth/login', { body: { email: 'ada@x.org', password: CANARY } }),
        ])
        for (const { status } of answers) expect([200, 201, 204, 400, 401, 404]).toContain(status)
        expect((await by.ask('GET', `/auth/users/${id}`)).status).toBe(404)
        const { changes } = await room.room.world.storage.load()
        expect(changes.users?.some((user) => user.id === id)).toBe(false)
        const token = answers.at(-1)?.body.data?.token
        if (token) expect(await me(token)).toBe(401)
      }
    })

    test('whom a policy hides from the caller is not there: in no list, under no id, and in no body', async () => {
      const [seen, hidden] = [
        await by.made('seen@x.org', { groupIds: ['crew'] }),
        await by.made('hidden@x.org', { groupIds: ['crew'] }),
      ]
      const admin = await room.user(['admin'])
      const deny = { effect: 'deny', subjectType: 'user', subjectId: admin.user.id } as const
      await by.policies([
        { ...deny, resourceType: 'user', resourceId: hidden },
        { ...deny, resourceType: 'user', resourceId: 'nobody' },
        { ...deny, resourceType: 'group', resourceId: 'secret' },
      ])
      const asAdmin = by.as(admin.token)
      const list = await asAdmin.get('/auth/users')
      expect(JSON.stringify(list)).not.toContain('hidden')
      expect(list.meta.total).toBe(3)
      for (const id of [hidden, 'nobody']) expect((await asAdmin.ask('GET', `/auth/users/${id}`)).status).toBe(403)
      const { group } = (await asAdmin.get('/auth/groups/crew')).data
      expect([group.memberCount, JSON.stringify(group.members)]).toEqual([1, expect.not.stringContaining('hidden')])
      expect((await asAdmin.get('/auth/groups')).data[0].memberCount).toBe(1)
      for (const id of [hidden, 'nobody']) {
        const named = await asAdmin.ask('PUT', '/auth/groups/crew/members', { memberIds: [seen, id] })
        expect([named.status, named.body.unknownMemberIds]).toEqual([400, [id]])
      }
      // Whom it cannot see it cannot put out either.
      expect((await asAdmin.ask('PUT', '/auth/groups/crew/members', { memberIds: [] })).body.data.members).toEqual([])
      expect((await by.get('/auth/groups/crew')).data.group.members).toMatchObject([{ id: hidden }])

      await asAdmin.ask('PATCH', '/auth/groups/crew', { name: 'The Crew' })
      await asAdmin.ask('PATCH', `/auth/users/${seen}/access`, { roles: ['viewer'], groupIds: ['crew'] })
      await asAdmin.ask('DELETE', '/auth/groups/crew')
      const told = await asAdmin.entries('action=auth.groups')
      expect(told.filter(({ action }) => action.endsWith('succeeded')).length).toBeGreaterThan(3)
      expect(JSON.stringify(told.map(({ before, after }) => [before, after]))).not.toContain(hidden)
      expect(told[0]).toMatchObject({ details: { memberCount: 1 }, before: { memberIds: [seen] } })
      expect(room.room.world.live.users.get(hidden)?.groupIds).toEqual([])
      await by.ask('PATCH', `/auth/users/${seen}/access`, { roles: ['viewer'], groupIds: ['secret', 'crew'] })
      const seenByAdmin = (await asAdmin.get(`/auth/users/${seen}`)).data.user
      expect(seenByAdmin.groups).toEqual([{ id: 'crew', name: 'crew' }])
      const edited = await asAdmin.ask('PATCH', `/auth/users/${seen}/access`, { roles: ['viewer'], groupIds: ['band'] })
      expect(edited.body.data.groups).toEqual([{ id: 'band', name: 'band' }])
      const [own] = await asAdmin.entries('action=auth.users.access.update.succeeded')
      expect([own?.['before'].groups, own?.['after'].groups]).toMatchObject([[{ id: 'crew' }], [{ id: 'band' }]])
      const { user } = (await by.get(`/auth/users/${seen}`)).data
      expect(user.groups.map(({ id }: { id: string }) => id)).toEqual(['secret', 'band'])
      for (const path of [`/auth/users/${seen}/access`]) {
        expect((await asAdmin.ask('PATCH', path, { roles: ['viewer'], groupIds: ['secret'] })).status).toBe(403)
      }
      expect((await asAdmin.create('new@x.org', { groupIds: ['secret'] })).status).toBe(403)
    })

    test('no password and no token is in the trail, nor in any answer about users', async () => {
      const id = await by.made('ada@x.org')
      const ada = await room.signIn('ada@x.org', CANARY)
      await by.create('ada@x.org')
      await by.create('bad', { password: OTHER_CANARY })
      await by.create('bad@x.org', { password: OTHER_CANARY, [OTHER_CANARY]: OTHER_CANARY, roles: [OTHER_CANARY] })
      await by.ask('PATCH', `/auth/users/${id}/password`, { password: OTHER_CANARY })
      await by.ask('PATCH', `/auth/users/${id}/access`, { roles: ['viewer'], password: OTHER_CANARY })
      await by.ask('PATCH', `/auth/users/${id}/status`, { disabled: true, password: OTHER_CANARY })
      const shown = [
        await by.ask('GET', '/audit-events?limit=500'),
        await by.ask('GET', '/auth/users'),
        await by.ask('GET', `/auth/users/${id}`),
        await by.ask('DELETE', `/auth/users/${id}`),
        await by.ask('GET', '/audit-events?limit=500'),
      ]
      const { changes } = await room.room.world.storage.load()
      const hashes = changes.users?.flatMap(({ passwordHash = [] }) => passwordHash) ?? []
      const text = JSON.stringify(shown.map(({ body }) => body))
      for (const secret of [CANARY, OTHER_CANARY, by.token, ada, ...hashes]) expect(text).not.toContain(secret)
      expect(text).not.toContain('argon2')
    })
  })
}

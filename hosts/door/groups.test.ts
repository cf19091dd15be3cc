import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { Administrator, CANARY } from './testing-access.ts'
import { TestRoom } from './testing-room.ts'
import { everyStorage } from './testing-storages.ts'

for (const [name, storage] of everyStorage()) {
  describe(`groups, over ${name}`, () => {
    let room: TestRoom
    let by: Administrator
    beforeEach(async () => {
      room = await TestRoom.open(storage)
      by = await Administrator.of(room)
    })
    afterEach(() => room.close())

    const found = (name: string, more: object = {}) => by.ask('POST', '/auth/groups', { name, ...more })
    const put = (group: string, memberIds: readonly string[]) =>
      by.ask('PUT', `/auth/groups/${group}/members`, { memberIds })
    const membersOf = async (group: string): Promise<string[]> =>
      (await by.get(`/auth/groups/${group}`)).data.group.members.map(({ id }: { id: string }) => id)
    /** Every group that anybody is in. */
    const memberships = async () =>
      (await room.room.world.storage.load()).changes.users?.flatMap(({ groupIds }) => groupIds) ?? []

    test('a group is called by its name for good, and knows its members', async () => {
      const [b, a] = [await by.made('b@x.org'), await by.made('a@x.org')]
      const { status, body } = await found(' Böard  Room! ', { description: ' first ', memberIds: [b, a, ` ${b} `] })
      const now = new Date(room.clock.at).toISOString()
      expect([status, body.data]).toEqual([
        201,
        {
          id: 'b-ard-room',
          name: 'Böard  Room!',
          memberCount: 2,
          description: 'first',
          createdAt: now,
          updatedAt: now,
          members: [
            { id: a, email: 'a@x.org', name: 'Ada' },
            { id: b, email: 'b@x.org', name: 'Ada' },
          ],
        },
      ])
      expect((await found('Böard Room')).body.data.id).toBe('b-ard-room-2')
      expect((await found('会議室')).body.data.id).toMatch(/^group-[0-9a-f]{12}$/)
      const one = await by.get('/auth/groups/b-ard-room')
      expect(one.data.group).toEqual(body.data)
      expect(one.data.actions.updateMembers).toEqual({
        enabled: true,
        href: '/api/v1/auth/groups/b-ard-room/members',
        method: 'PUT',
        permission: 'auth:manage',
      })
      const [entry] = await by.entries('action=auth.groups.create.succeeded&target=b-ard-room-2')
      expect(entry).toMatchObject({
        target: { type: 'group', id: 'b-ard-room-2', name: 'Böard Room' },
        after: { memberIds: [] },
      })
      expect(await by.trail('action=auth.groups.create&target=auth')).toEqual(
        Array(3).fill('auth.groups.create allowed'),
      )
      for (const id of ['nothing', 'x'.repeat(300)]) {
        const missing = await by.ask('GET', `/auth/groups/${id}`)
        expect([missing.status, missing.body.error]).toEqual([404, 'Group not found'])
      }
    })

    test('what is asked amiss makes and changes nothing', async () => {
      const ada = await by.made('ada@x.org')
      await found('Crew', { memberIds: [ada] })
      const before = await by.get('/auth/groups/crew')
      for (const body of [
        {},
        { name: ' ' },
        { name: 'x'.repeat(161) },
        { name: 'x', id: 'x' },
        { name: 'x', memberIds: Array(1025).fill(ada) },
        { name: 'x', description: 'x'.repeat(2001) },
        { name: 'x\0' },
        { name: 'x', description: '\ud800' },
      ]) {
        expect((await by.ask('POST', '/auth/groups', body)).body).toMatchObject({
          error: 'Invalid group',
          issues: [{}],
        })
      }
      for (const body of [{}, { name: '' }, { name: null }, { id: 'x' }, { memberIds: [] }]) {
        expect((await by.ask('PATCH', '/auth/groups/crew', body)).body).toMatchObject({
          error: 'Invalid group',
          issues: [{}],
        })
      }
      for (const body of [{}, { memberIds: 'x' }, { memberIds: [''] }, { memberIds: [], name: 'x' }]) {
        const { status } = await by.ask('PUT', '/auth/groups/crew/members', body)
        expect(status).toBe(400)
      }
      for (const group of ['crew', 'nothing']) {
        const { status, body } = await put(group, ['ghost', ada, 'spook', 'ghost'])
        expect([status, body.error, body.unknownMemberIds]).toEqual([400, 'Unknown member ids', ['ghost', 'spook']])
      }
      expect((await found('Ghosts', { memberIds: ['ghost', ada] })).body.unknownMemberIds).toEqual(['ghost'])
      expect((await put('nothing', [ada])).status).toBe(404)
      expect((await by.ask('PATCH', '/auth/groups/nothing', { name: 'x' })).status).toBe(404)
      expect((await by.ask('DELETE', '/auth/groups/nothing')).status).toBe(404)
      expect(await by.get('/auth/groups/crew')).toEqual(before)
      expect((await by.get('/auth/groups')).meta.total).toBe(1)
      expect((await by.trail('action=auth.groups.members.update.failed')).slice(-3)).toEqual([
        'auth.groups.members.update.failed failed unknown_member',
        'auth.groups.members.update.failed failed unknown_member',
        'auth.groups.members.update.failed failed group_not_found',
      ])
    })

    test('the list is by name, then id, and counts', async () => {
      const ada = await by.made('ada@x.org')
      for (const [name, memberIds] of [
        ['b', [ada]],
        ['a', []],
        ['B', [ada]],
        ['a', [ada]],
      ] as const)
        await found(name, { memberIds })
      const page = async (query: string) => {
        const { data, meta } = await by.get(`/auth/groups?${query}`)
        return [
          data.map((group: Record<string, unknown>) => `${group['name']}:${group['id']}:${group['memberCount']}`),
          meta.total,
        ]
      }
      expect(await page('')).toEqual([['B:b-2:1', 'a:a:0', 'a:a-2:1', 'b:b:1'], 4])
      expect(await page('limit=2.5&offset=1')).toEqual([['a:a:0', 'a:a-2:1'], 4])
      expect(await page('limit=-1&offset=x')).toEqual([['B:b-2:1'], 4])
      const [entry] = await by.entries('action=auth.groups.read.succeeded')
      expect(entry).toMatchObject({ target: { type: 'auth' }, details: { total: 4 } })
    })

    test('a group has another name, its id stays; null and blank take the description away', async () => {
      await found('Crew', { description: 'old' })
      const amend = (body: object) => by.ask('PATCH', '/auth/groups/crew', body)
      room.clock.at += 1000
      expect((await amend({ name: ' The Band ' })).body.data).toMatchObject({
        id: 'crew',
        name: 'The Band',
        description: 'old',
        updatedAt: new Date(room.clock.at).toISOString(),
      })
      for (const description of [null, ' ']) {
        await amend({ description: 'there' })
        expect((await amend({ description })).body.data).not.toHaveProperty('description')
      }
      const id = await by.made('ada@x.org', { groupIds: ['crew'] })
      expect((await by.get(`/auth/users/${id}`)).data.user.groups).toEqual([{ id: 'crew', name: 'The Band' }])
      const first = (await by.entries('action=auth.groups.update.succeeded')).at(-1)
      expect(first).toMatchObject({
        target: { type: 'group', id: 'crew', name: 'The Band' },
        details: { memberCount: 0 },
        before: { id: 'crew', name: 'Crew', description: 'old', memberIds: [] },
        after: { id: 'crew', name: 'The Band', description: 'old', memberIds: [] },
      })
    })

    test('whoever joins or leaves is let through, or not, with the next call', async () => {
      const { nodeId } = await room.enrol(by.token)
      const [ada, eve] = [await by.made('ada@x.org'), await by.made('eve@x.org')]
      const asAda = by.as(await room.signIn('ada@x.org', CANARY))
      await found('Crew', { memberIds: [eve] })
      await by.policies([
        { effect: 'allow', subjectType: 'group', subjectId: 'crew', resourceType: 'node', resourceId: nodeId },
      ])
      const seesNode = async () => (await asAda.ask('GET', `/nodes/${nodeId}`)).status
      expect(await seesNode()).toBe(403)
      expect((await put('crew', [eve, ada, ada])).body.data.members.map(({ id }: { id: string }) => id)).toEqual([
        ada,
        eve,
      ])
      expect(await seesNode()).toBe(200)
      room.clock.at += 1000
      const { data } = (await put('crew', [eve])).body
      expect(data).toMatchObject({ memberCount: 1, updatedAt: new Date(room.clock.at).toISOString() })
      expect((await by.get('/auth/groups/crew')).data.group).toEqual(data)
      expect(await seesNode()).toBe(403)
      const [entry] = await by.entries('action=auth.groups.members.update.succeeded')
      expect(entry).toMatchObject({
        target: { type: 'group', id: 'crew', name: 'Crew' },
        details: { memberCount: 1 },
        before: { id: 'crew', name: 'Crew', memberIds: [ada, eve] },
        after: { id: 'crew', name: 'Crew', memberIds: [eve] },
      })
    })

    test('simultaneous groups of one name are all made, each called otherwise', async () => {
      const answers = await Promise.all(Array.from({ length: 20 }, () => found('Crew')))
      expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(201))
      const ids = answers.map(({ body }) => body.data.id as string)
      expect(new Set(ids)).toEqual(new Set(['crew', ...Array.from({ length: 19 }, (_, i) => `crew-${i + 2}`)]))
    })

    test('of simultaneous lists of members exactly one stands', async () => {
      const ids = await Promise.all(Array.from({ length: 8 }, (_, i) => by.made(`u${i}@x.org`)))
      const lists = ids.map((_, i) => [ids[i], ids[(i + 1) % 8], ids[(i + 3) % 8]].toSorted() as string[])
      await found('Crew', { memberIds: ids })
      for (let round = 0; round < 3; round++) {
        const answers = await Promise.all(lists.map((list) => put('crew', list)))
        for (const { status } of answers) expect(status).toBe(200)
        const standing = (await membersOf('crew')).toSorted()
        expect(lists.filter((list) => Bun.deepEquals(list, standing))).toHaveLength(1)
      }
    })

    test('a group goes with its memberships and the policies for it, and nothing else', async () => {
      const ada = await by.made('ada@x.org', { groupIds: ['band', 'crew'] })
      const policy = { effect: 'deny', resourceType: 'node', resourceId: 'n' } as const
      const kept = [
        { ...policy, subjectType: 'group', subjectId: 'band' },
        { ...policy, subjectType: 'user', subjectId: 'crew' },
        { ...policy, subjectType: 'everyone', resourceType: 'group', resourceId: 'other' },
      ] as const
      await by.policies([{ ...policy, subjectType: 'group', subjectId: 'crew' }, ...kept])
      const { status, body } = await by.ask('DELETE', '/auth/groups/crew')
      expect([status, body]).toEqual([200, { data: { id: 'crew', name: 'crew' } }])
      expect((await by.get(`/auth/users/${ada}`)).data.user.groups).toEqual([{ id: 'band', name: 'band' }])
      const { changes } = await room.room.world.storage.load()
      expect(changes.groups?.map(({ id }) => id as string)).toEqual(['band'])
      expect(changes.policyBooks?.[0]?.policies).toEqual(
        kept.map((each, i) => ({ ...each, id: `policy_${i + 1}` })) as never,
      )
      expect((await by.ask('DELETE', '/auth/groups/crew')).status).toBe(404)
      expect((await found('Crew')).body.data).toMatchObject({ id: 'crew', memberCount: 0 })
      const [entry] = await by.entries('action=auth.groups.delete.succeeded')
      expect(entry).toMatchObject({
        target: { type: 'group', id: 'crew', name: 'crew' },
        details: { memberCount: 1, schedulesUpdated: 0 },
        before: { id: 'crew', name: 'crew', memberIds: [ada] },
      })
    })

    test('what races a deletion never brings the group back, and nobody stays in what is not there', async () => {
      for (let round = 0; round < 6; round++) {
        const group = `crew-${round}`
        const [ada, eve] = [
          await by.made(`ada${round}@x.org`, { groupIds: [group] }),
          await by.made(`eve${round}@x.org`),
        ]
        const answers = await Promise.all([
          by.ask('PATCH', `/auth/groups/${group}`, { name: 'Renamed' }),
          put(group, [eve]),
          by.ask('DELETE', `/auth/groups/${group}`),
          put(group, [ada, eve]),
          by.ask('PATCH', `/auth/groups/${group}`, { description: 'late' }),
        ])
        for (const { status } of answers) expect([200, 404]).toContain(status)
        expect((await by.ask('GET', `/auth/groups/${group}`)).status).toBe(404)
        expect(await memberships()).not.toContain(group as never)
      }
    })

    test('whoever is made in a group while it is on its way out goes out of it as well', async () => {
      await room.close()
      const [decided, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      room = await TestRoom.open(async (listener) => {
        const opened = await storage(listener)
        return {
          ...opened,
          async commit(changes, epoch) {
            if (changes.removed?.groups) {
              decided.resolve()
              await released.promise
            }
            return opened.commit(changes, epoch)
          },
        }
      })
      by = await Administrator.of(room)
      await by.made('ada@x.org', { groupIds: ['crew'] })
      const leaving = by.ask('DELETE', '/auth/groups/crew')
      await decided.promise
      expect((await by.create('eve@x.org', { groupIds: ['crew'] })).status).toBe(201)
      released.resolve()
      expect((await leaving).status).toBe(200)
      expect(await memberships()).toEqual([])
    })
  })
}

import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { Administrator, CANARY } from './testing-access.ts'
import { TestRoom } from './testing-room.ts'
import { everyStorage } from './testing-storages.ts'

for (const [name, storage] of everyStorage()) {
  describe(`owners, over ${name}`, () => {
    let room: TestRoom
    let by: Administrator
    let other: string
    beforeEach(async () => {
      room = await TestRoom.open(storage)
      by = await Administrator.of(room)
      other = await by.made('other@x.org', { roles: ['owner'] })
    })
    afterEach(() => room.close())

    const access = (asking: Administrator, id: string, roles: readonly string[]) =>
      asking.ask('PATCH', `/auth/users/${id}/access`, { roles })

    test('only an owner makes, unmakes, resets, disables, enables or deletes one', async () => {
      const asAdmin = by.as((await room.user(['admin'])).token)
      const viewer = await by.made('viewer@x.org')
      const adminId = await asAdmin.self()
      const deeds = (asking: Administrator) => [
        () => asking.create('new@x.org', { roles: ['viewer', 'owner'] }),
        () => access(asking, viewer, ['owner']),
        () => access(asking, adminId, ['owner']),
        () => asking.ask('PATCH', `/auth/users/${other}/password`, { password: 'another password' }),
        () => asking.ask('PATCH', `/auth/users/${other}/status`, { disabled: true }),
        () => asking.ask('PATCH', `/auth/users/${other}/status`, { disabled: false }),
        () => access(asking, other, ['admin']),
      ]
      const before = (await by.get('/auth/users')).data
      for (const [i, deed] of deeds(asAdmin).entries()) {
        // Of one who is enabled, enabling changes nothing.
        if (i === 5) continue
        const { status, body } = await deed()
        expect([i, status, body.error, body.reason]).toEqual([i, 403, 'Forbidden', 'owner_required'])
      }
      expect((await asAdmin.ask('DELETE', `/auth/users/${other}`)).status).toBe(403)
      expect((await by.get('/auth/users')).data).toEqual(before)
      expect(await by.trail('reason=owner_required&outcome=denied')).toHaveLength(7)

      await by.ask('PATCH', `/auth/users/${other}/status`, { disabled: true })
      expect((await asAdmin.ask('PATCH', `/auth/users/${other}/status`, { disabled: false })).status).toBe(403)
      for (const deed of deeds(by)) expect([200, 201]).toContain((await deed()).status)
      expect((await by.ask('DELETE', `/auth/users/${other}`)).status).toBe(204)
      const [entry] = await by.entries('action=auth.users.delete.failed')
      expect(entry).toMatchObject({ outcome: 'denied', reason: 'owner_required', target: { id: other } })
    })

    test('an admin may do the rest: an owner`s groups, and anything with anybody else', async () => {
      const asAdmin = by.as((await room.user(['admin'])).token)
      const body = { roles: ['owner', 'viewer'], groupIds: ['crew'] }
      expect((await asAdmin.ask('PATCH', `/auth/users/${other}/access`, body)).status).toBe(200)
      const id = (await asAdmin.create('admin2@x.org', { roles: ['admin'] })).body.data.id
      expect((await access(asAdmin, id, ['viewer'])).status).toBe(200)
      expect((await asAdmin.ask('DELETE', `/auth/users/${id}`)).status).toBe(204)
    })

    test('the last owner who can sign in stays one', async () => {
      await by.ask('PATCH', `/auth/users/${other}/status`, { disabled: true })
      const last = await access(by, await by.self(), ['admin'])
      expect([last.status, last.body.reason]).toEqual([409, 'last_owner'])
      expect(await by.trail('action=auth.users.access.update.failed')).toEqual([
        'auth.users.access.update.failed failed last_owner',
      ])
      await by.ask('PATCH', `/auth/users/${other}/status`, { disabled: false })
      expect((await access(by, await by.self(), ['admin'])).status).toBe(200)
    })

    test('of owners who unmake each other at once, one is left', async () => {
      const sides = [by, by.as(await room.signIn('other@x.org', CANARY))] as const
      const ids = await Promise.all(sides.map((side) => side.self()))
      for (let round = 0; round < 4; round++) {
        const answers = await Promise.all(sides.map((side, i) => access(side, ids[1 - i] as string, ['admin'])))
        const [done, refused] = answers.map(({ status }) => status).toSorted()
        expect(done).toBe(200)
        // It is an owner no more, or would have been the last.
        expect([403, 409]).toContain(refused as number)
        const left = answers.findIndex(({ status }) => status === 200)
        expect((await access(sides[left] as Administrator, ids[1 - left] as string, ['owner'])).status).toBe(200)
      }
      const selves = await Promise.all(sides.map((side, i) => access(side, ids[i] as string, ['admin'])))
      expect(selves.map(({ status }) => status).toSorted()).toEqual([200, 409])
    })
  })
}

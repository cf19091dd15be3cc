import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { Administrator, OTHER_CANARY } from './testing-access.ts'
import { Browser } from './testing-login.ts'
import { TestingProvider } from './testing-provider.ts'
import { TestRoom } from './testing-room.ts'
import { everyStorage } from './testing-storages.ts'

setDefaultTimeout(20_000)

for (const [name, storage] of everyStorage()) {
  describe(`an edit of what has been read, over ${name}`, () => {
    let room: TestRoom
    let by: Administrator
    let ada: string
    beforeEach(async () => {
      room = await TestRoom.open(storage)
      by = await Administrator.of(room)
      ada = await by.made('ada@x.org', { groupIds: ['crew'] })
    })
    afterEach(() => room.close())

    const tagOf = async (path: string) => (await by.ask('GET', path)).headers.get('etag') ?? ''
    const edit = (method: string, path: string, body: object, tag: string) =>
      room.ask(method, path, { token: by.token, body, headers: { 'if-match': tag } })

    test.each([
      ['PATCH', '/access', { roles: ['viewer'] }],
      ['PATCH', '/password', { password: OTHER_CANARY }],
      ['PATCH', '/status', { disabled: true }],
    ])('of an account: %s %s is refused once it is another one, and gives the next tag', async (method, path, body) => {
      const one = `/auth/users/${ada}`
      const first = await tagOf(one)
      expect(first).toMatch(/^"user-\d+"$/)
      const done = await edit(method, one + path, body, first)
      expect([done.status, done.headers.get('etag')]).toEqual([200, await tagOf(`${one}/actions`)])
      const late = await edit(method, one + path, body, first)
      expect([late.status, late.body.error]).toEqual([412, 'User has changed since it was read'])
      expect((await by.entries('action=auth.users&reason=user_changed'))[0]).toMatchObject({
        outcome: 'failed',
        target: { type: 'user', id: ada },
      })
      expect((await edit(method, one + path, body, '*')).status).toBe(200)
      expect((await edit(method, one + path, body, `"x", ${await tagOf(one)}`)).status).toBe(200)
      expect((await by.ask(method, one + path, body)).status).toBe(200)
    })

    test('what changes nothing keeps the tag', async () => {
      const first = await tagOf(`/auth/users/${ada}`)
      const again = await edit('PATCH', `/auth/users/${ada}/status`, { disabled: false }, first)
      expect([again.status, again.headers.get('etag')]).toEqual([200, first])
    })

    test('of a group: name and members are refused once it is another one', async () => {
      const made = await by.ask('POST', '/auth/groups', { name: 'Band' })
      expect(made.headers.get('etag')).toBe(await tagOf('/auth/groups/band'))
      for (const [method, path, body] of [
        ['PATCH', '', { description: 'd' }],
        ['PUT', '/members', { memberIds: [ada] }],
      ] as const) {
        const first = await tagOf('/auth/groups/band')
        const done = await edit(method, `/auth/groups/band${path}`, body, first)
        expect([done.status, done.headers.get('etag')]).toEqual([200, await tagOf('/auth/groups/band')])
        const late = await edit(method, `/auth/groups/band${path}`, body, first)
        expect([late.status, late.body.error]).toEqual([412, 'Group has changed since it was read'])
      }
    })

    test('of two who read the same, one is told', async () => {
      const first = await tagOf('/auth/groups/crew')
      const lists = [[ada], [], [ada, await by.self()]]
      const puts = lists.map((memberIds) => edit('PUT', '/auth/groups/crew/members', { memberIds }, first))
      expect((await Promise.all(puts)).map(({ status }) => status).toSorted()).toEqual([200, 412, 412])
    })

    test('a group is another one, however somebody came in or went out', async () => {
      const provider = await TestingProvider.start()
      room.elsewhere.signInWith(provider)
      const claim = async (...groups: string[]) => {
        provider.claims = { sub: 'eve', email: 'eve@x.org', groups }
        await new Browser(room).signIn()
      }
      const bob = await by.made('bob@x.org')
      const access = (groupIds: string[]) =>
        by.ask('PATCH', `/auth/users/${bob}/access`, { roles: ['viewer'], groupIds: [...groupIds, 'other'] })
      const tags = [await tagOf('/auth/groups/crew')]
      for (const move of [
        () => access(['crew']),
        () => access([]),
        () => by.create('cyd@x.org', { groupIds: ['crew'] }),
        () => by.ask('DELETE', `/auth/users/${ada}`),
        () => claim('crew'),
        () => claim('band'),
      ]) {
        await move()
        tags.push(await tagOf('/auth/groups/crew'))
      }
      expect(new Set(tags).size).toBe(7)
      const band = await tagOf('/auth/groups/band')
      await claim('band')
      expect(await tagOf('/auth/groups/band')).toBe(band)
      await provider.close()
    })

    test('a body cannot say what belongs in the header', async () => {
      const { status } = await by.ask('PATCH', `/auth/users/${ada}/access`, { roles: ['viewer'], instead: [1] })
      expect(status).toBe(400)
    })
  })
}

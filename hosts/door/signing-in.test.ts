import { afterEach, describe, expect, setDefaultTimeout, test } from 'bun:test'
import type { UserId } from '../../core/ids.ts'
import { OWNER, TestRoom } from './testing-room.ts'
import { everyStorage } from './testing-storages.ts'

setDefaultTimeout(60_000)

/** Few, so that little has to be hashed: of an account 3 from one address and 6 by strangers, and 15 from one address. */
const FREE = 3

for (const [name, storage] of everyStorage()) {
  describe(`guessing at passwords, over ${name}`, () => {
    let room: TestRoom
    afterEach(() => room.close())

    const open = async () => {
      const addressOf = ({ headers }: Request) => headers.get('x-from') ?? undefined
      room = await TestRoom.open(storage, { loginFailuresFree: FREE, addressOf })
    }
    const login = (from: string | undefined, email: string, password: string) =>
      room.ask('POST', '/auth/login', { body: { email, password }, headers: from ? { 'x-from': from } : {} })
    const owner = (from?: string) => login(from, OWNER.email, OWNER.password)
    const guess = (from?: string, email = OWNER.email) => login(from, email, 'a guess')
    const times = async <T>(count: number, each: (i: number) => Promise<T>) => {
      const all: T[] = []
      for (let i = 0; i < count; i++) all.push(await each(i))
      return all
    }
    const statuses = (answers: readonly { status: number }[]) => answers.map(({ status }) => status)

    test('whoever fails too often is told how long to wait, and then let through', async () => {
      await open()
      expect(statuses(await times(FREE, () => guess('192.0.2.1')))).toEqual([401, 401, 401])
      const refused = await login('192.0.2.1', OWNER.email.toUpperCase(), OWNER.password)
      expect(refused.status).toBe(429)
      expect(refused.headers.get('retry-after')).toBe('1')
      expect(refused.body).toEqual({ error: 'Too many sign-ins', requestId: expect.any(String) })
      room.clock.at += 1_000
      const { token } = (await owner('192.0.2.1')).body.data
      expect(await room.trail(token, 'action=auth.login')).toEqual([
        ...Array(FREE).fill('auth.login.failed failed invalid_credentials'),
        'auth.login.failed failed rate_limited',
        'auth.login.succeeded succeeded',
      ])
      expect(statuses(await times(FREE, () => guess('192.0.2.1')))).toEqual([401, 401, 401])
    })

    test('many at once gain nothing', async () => {
      await open()
      const answers = await Promise.all(Array.from({ length: 30 }, () => guess('192.0.2.1')))
      expect(statuses(answers).filter((status) => status === 401)).toHaveLength(FREE)
      expect(statuses(answers).filter((status) => status === 429)).toHaveLength(30 - FREE)
    })

    test('nothing tells an account that is there from one that is not, is disabled, or has its password elsewhere', async () => {
      await open()
      const { user } = await room.user(['viewer'])
      const { passwordHash: _, ...elsewhere } = user
      const [disabled, oidc] = ['disabled@example.org', 'oidc@example.org']
      const made = { version: 0, createdAt: room.clock.at }
      await room.room.world.storage.commit({
        users: [
          { ...user, ...made, id: crypto.randomUUID() as UserId, email: disabled, disabledAt: room.clock.at },
          { ...elsewhere, ...made, id: crypto.randomUUID() as UserId, email: oidc, provider: 'oidc' },
        ],
      })
      const seen = await times(4, async (i) => {
        const email = [user.email, 'nobody@example.org', disabled, oidc][i] ?? ''
        const from = `192.0.2.${i}`
        const answers = await times(FREE + 2, async () => {
          const { status, body, headers } = await guess(from, email)
          const { date: _, ...shown } = Object.fromEntries(headers)
          return [status, body.error, Object.keys(body), shown]
        })
        room.clock.at += 1_000
        return [...answers, (await guess(from, email)).status, (await guess(from, email)).headers.get('retry-after')]
      })
      expect(seen[0]).toHaveLength(FREE + 4)
      expect(seen[0]?.at(-1)).toBe('2')
      for (const each of seen.slice(1)) expect(each).toEqual(seen[0] ?? [])
    })

    test('while its account is guessed at from everywhere, the owner signs in from where it did before', async () => {
      await open()
      expect((await owner('198.51.100.1')).status).toBe(200)
      const attack = (from: number) => times(10, (i) => guess(`203.0.113.${from + i}`))
      expect(statuses(await attack(0)).filter((status) => status === 429)).toHaveLength(10 - 2 * FREE)
      expect((await owner('198.51.100.1')).status).toBe(200)

      room.clock.at += 13 * 60 * 60_000
      await attack(100)
      expect((await owner('198.51.100.1')).status).toBe(200)
    })

    test('and from elsewhere within a minute, whatever the others do', async () => {
      await open()
      for (let round = 0; round < 12; round++) {
        await times(2, (i) => guess(`203.0.113.${10 * round + i}`))
        room.clock.at += 5_000
      }
      await times(10, (i) => guess(`203.0.113.${200 + i}`))
      const told = await owner('198.51.100.2')
      expect(told.status).toBe(429)
      const waitMs = Number(told.headers.get('retry-after')) * 1000
      expect(waitMs).toBeLessThanOrEqual(60_000)
      room.clock.at += waitMs - 1
      await times(10, (i) => guess(`203.0.113.${220 + i}`))
      expect((await owner('198.51.100.2')).status).toBe(429)
      room.clock.at += 1
      expect((await owner('198.51.100.2')).status).toBe(200)
    })

    test('one customer of IPv6 is one, and so is one who tries many accounts', async () => {
      await open()
      await times(FREE, (i) => guess(`2001:db8:0:1::${i}`))
      expect((await guess('2001:db8:0:1:ffff::1')).status).toBe(429)
      expect((await guess('2001:db8:0:2::1')).status).toBe(401)
      await times(5 * FREE, (i) => guess('192.0.2.1', `user${i}@example.org`))
      expect((await guess('::ffff:192.0.2.1', 'another@example.org')).status).toBe(429)
      expect((await guess('192.0.2.2', 'another@example.org')).status).toBe(401)
      await times(10 * FREE, (i) => guess(`2001:db8:9:${i}::1`, `user${i}@example.org`))
      expect((await guess('2001:db8:9:ff::1', 'one@example.org')).status).toBe(429)
      expect((await guess('2001:db8:9:100::1', 'one@example.org')).status).toBe(401)
    })

    test('where no address is known, each account counts by itself', async () => {
      await open()
      await times(FREE, () => guess())
      expect((await owner()).status).toBe(429)
      expect((await guess(undefined, 'another@example.org')).status).toBe(401)
      room.clock.at += 1_000
      expect((await owner()).status).toBe(200)
    })

    test('more than can be verified are sent away at once, but nobody who is known', async () => {
      await open()
      expect((await owner('198.51.100.1')).status).toBe(200)
      const flood = Array.from({ length: 120 }, (_, i) => guess(`203.0.113.${i}`, `user${i}@example.org`))
      const known = await owner('198.51.100.1')
      const answers = await Promise.all(flood)
      const { token } = known.body.data
      expect(known.status).toBe(200)
      const sentAway = answers.filter(({ status }) => status === 503)
      expect(sentAway.length).toBeGreaterThan(0)
      expect(sentAway.map(({ headers }) => headers.get('retry-after'))).toEqual(sentAway.map(() => '1'))
      expect(statuses(answers).filter((status) => status === 401)).toHaveLength(120 - sentAway.length)
      expect(await room.trail(token, 'action=auth.login.failed&reason=busy')).toHaveLength(sentAway.length)
      const i = answers.findIndex(({ status }) => status === 503)
      const again = await times(FREE, () => guess(`203.0.113.${i}`, `user${i}@example.org`))
      expect(statuses(again)).toEqual([401, 401, 401])
    })
  })
}

import { afterEach, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { type Storage, StorageUnavailable } from '../../core/ports/storage.ts'
import { runLoop } from '../run-loop.ts'
import { OWNER, TestRoom } from './testing-room.ts'
import { everyStorage } from './testing-storages.ts'

setDefaultTimeout(60_000)

interface Entry {
  readonly action: string
  readonly createdAt: string
  readonly reason: string
  readonly target: { readonly name: string }
  readonly actorContext: { readonly ipAddress: string }
  readonly details: { readonly email: string; readonly repeated?: number }
}

for (const [name, storage] of everyStorage()) {
  describe(`sign-ins that are turned away, over ${name}`, () => {
    let room: TestRoom
    let token: string
    let answers: 'all' | 'none' | 'lost' = 'all'
    afterEach(() => room.close())

    const open = async (more: object = {}) => {
      answers = 'all'
      const addressOf = ({ headers }: Request) => headers.get('x-from') ?? undefined
      room = await TestRoom.open(
        async (listener) => {
          const opened = await storage(listener)
          const commit: Storage['commit'] = async (changes, epoch) => {
            if (answers !== 'none') await opened.commit(changes, epoch)
            if (answers !== 'all') throw new StorageUnavailable('for a moment')
          }
          return { ...opened, commit }
        },
        { loginFailuresFree: 1, addressOf, ...more },
      )
      token = await room.signIn()
    }
    const guess = (from: string, email = OWNER.email) =>
      room.ask('POST', '/auth/login', { body: { email, password: 'a guess' }, headers: { 'x-from': from } })
    const times = async (count: number, each: (i: number) => Promise<unknown>) => {
      for (let i = 0; i < count; i++) await each(i)
    }
    /** Oldest first. */
    const turnedAway = async (): Promise<readonly Entry[]> => {
      const { body } = await room.ask('GET', '/audit-events?reason=rate_limited&limit=500', { token })
      return body.data.reverse()
    }
    const tick = (which: 'tick' | 'lastTick' = 'tick') =>
      room.room.runners.find((each) => each.name === 'refusal')?.[which]?.(room.room.world, room.clock.at)
    const sum = (entries: readonly Entry[]) =>
      entries.reduce((all, { details }) => all + 1 + (details.repeated ?? 0), 0)

    test('the first is recorded before it is answered, and the last with the count of the others when its minute is over', async () => {
      await open()
      await guess('192.0.2.1')
      room.clock.at += 1
      for (let i = 0; i < 20; i++) expect((await guess('192.0.2.1')).status).toBe(429)
      const [first, ...others] = await turnedAway()
      expect(others).toEqual([])
      expect(first?.details.repeated).toBeUndefined()
      await tick()
      expect(await turnedAway()).toHaveLength(1)
      room.clock.at += 60_000
      await tick()
      const [, last, ...more] = await turnedAway()
      expect(more).toEqual([])
      expect(last).toMatchObject({
        action: 'auth.login.failed',
        createdAt: first?.createdAt as string,
        target: { type: 'user', name: OWNER.email } as never,
        actorContext: { ipAddress: '192.0.2.1' },
        details: { email: OWNER.email, repeated: 18 },
      })
      await tick()
      await tick('lastTick')
      expect(await turnedAway()).toHaveLength(2)
    })

    test('each account is named, and so is each network: a customer of IPv6 is one', async () => {
      await open()
      const accounts = [OWNER.email, 'nobody@example.org']
      const networks = ['192.0.2.1', '2001:db8:1::1', '2001:db8:2::1']
      for (const email of accounts) for (const from of networks) await times(3, () => guess(from, email))
      await times(3, () => guess('2001:db8:1:2::1', 'nobody@example.org'))
      const told = (await turnedAway()).map(({ target, actorContext }) => [target.name, actorContext.ipAddress])
      for (const email of accounts) {
        for (const from of networks) expect(told.filter(([a, b]) => a === email && b === from)).toHaveLength(1)
      }
      expect(told).toHaveLength(6)
    })

    test('over minutes none is left out, at the end not even what was just counted', async () => {
      await open()
      let refused = 0
      for (let i = 0; i < 100; i++) {
        refused += (await guess('192.0.2.1', `user${i % 3}@example.org`)).status === 429 ? 1 : 0
        room.clock.at += 2_900
        if (i % 4 === 0) await tick()
      }
      expect(refused).toBeGreaterThan(50)
      const before = (await turnedAway()).length
      expect(before).toBeLessThan(6 * 6)
      await tick('lastTick')
      expect((await turnedAway()).length).toBeGreaterThan(before)
      expect(sum(await turnedAway())).toBe(refused)
    })

    test('a count that was not recorded is recorded later, and one that was, though nobody knew, is not again', async () => {
      await open()
      for (const lost of ['none', 'lost'] as const) {
        const before = (await turnedAway()).length
        await times(5, () => guess(lost === 'none' ? '192.0.2.1' : '192.0.2.2', 'user@example.org'))
        const counted = sum(await turnedAway())
        room.clock.at += 60_000
        answers = lost
        await expect(tick()).rejects.toThrow(StorageUnavailable)
        answers = 'all'
        await tick()
        expect(await turnedAway()).toHaveLength(before + 2)
        expect(sum(await turnedAway())).toBe(counted + 3)
      }
    })

    test('at a clean stop what was counted is recorded, and sealed', async () => {
      await open()
      await times(5, () => guess('192.0.2.1'))
      const { world, runners } = room.room
      const everySecond = { lease: 0, refusal: 1000, retention: 0, seal: 1000, session: 0, thinning: 0 }
      await runLoop(world, runners, everySecond).stop()
      const { seals, audit } = world.storage.stores
      expect((await seals.last())?.lastSeq).toBe(await audit.head())
      expect(sum(await turnedAway())).toBe(4)
    })

    test('while nothing can be recorded nobody is told of a wait', async () => {
      await open()
      await times(5, () => guess('192.0.2.1'))
      answers = 'none'
      room.room.world.storage.auditing = () => false
      expect((await guess('192.0.2.1')).status).toBe(503)
    })

    test('where nothing is folded each is recorded', async () => {
      await open({ auditFolding: false })
      await times(5, () => guess('192.0.2.1'))
      expect(await turnedAway()).toHaveLength(4)
    })
  })
}

import { afterEach, describe, expect, test } from 'bun:test'
import type { PendingLogin } from '../../../core/access/pending-login.ts'
import { aPendingLogin, aUser, T0 } from './builders.ts'
import { type Given, outcome } from './given.ts'

/** Logins that are under way: each comes back once, and there are never too many. */
export function pendingLogins(given: Given): void {
  describe('pending logins', () => {
    const store = () => given.storage.stores.pendingLogins
    const keep = async (...logins: readonly PendingLogin[]) => {
      await given.storage.commit({ pendingLogins: logins })
      return logins.map((each) => ({ ...each, version: 1 }))
    }
    afterEach(async () => {
      const rest = await store().surplus(T0 + 10 ** 12, 0, 1000)
      if (rest.length > 0) await given.storage.commit({ removed: { pendingLogins: rest } })
    })

    test('one comes back as it was, and is found by what it is called alone', async () => {
      const [kept] = await keep(aPendingLogin())
      expect(await store().find(kept?.id ?? '')).toEqual(kept as PendingLogin)
      expect(await store().find('another')).toBeNull()
    })

    test('of two that use one up at once, one is too late', async () => {
      const removed = { pendingLogins: await keep(aPendingLogin()) }
      const outcomes = [given.storage.commit({ removed }), given.storage.commit({ removed })].map(outcome)
      expect((await Promise.all(outcomes)).toSorted()).toEqual(['Stale', 'kept'])
      expect(await store().find(removed.pendingLogins[0]?.id ?? '')).toBeNull()
    })

    test('too many are those that have run out and those beyond the newest, the oldest first, a part at a time', async () => {
      const logins = [5, 1, 4, 2, 3].map((n) => aPendingLogin({ expiresAt: T0 + n }))
      await keep(...logins)
      const surplus = async (now: number, newest: number, limit: number) =>
        (await store().surplus(now, newest, limit)).map(({ expiresAt }) => expiresAt - T0)
      expect(await surplus(T0, 5, 10)).toEqual([])
      expect(await surplus(T0 + 2, 5, 10)).toEqual([1, 2])
      expect(await surplus(T0, 2, 10)).toEqual([1, 2, 3])
      expect(await surplus(T0 + 4, 3, 10)).toEqual([1, 2, 3, 4])
      expect(await surplus(T0 + 4, 3, 2)).toEqual([1, 2])
    })
  })

  test('one name at the provider is one account, also at once', async () => {
    const [first, second] = [aUser({ externalId: 'one and only' }), aUser({ externalId: 'one and only' })]
    const outcomes = [first, second].map((each) => outcome(given.storage.commit({ users: [each] })))
    expect((await Promise.all(outcomes)).toSorted()).toEqual(['Stale', 'kept'])
    await given.storage.commit({ users: [aUser(), aUser()] })
  })
}

import { describe, expect, test } from 'bun:test'
import { aSession, T0 } from './builders.ts'
import type { Given } from './given.ts'

/** Sessions that are over, to be removed in their time. */
export function sessions(given: Given): void {
  describe('sessions', () => {
    const ended = async (by: number, limit = 100) => {
      const found = await given.storage.stores.sessions.ended(by, limit)
      return found.filter(({ userId }) => (userId as string) === 'swept')
    }

    test('those that had run out or were revoked by then are found, as they are, and so many at most', async () => {
      const made = [
        aSession('swept', { expiresAt: T0 - 1 }),
        aSession('swept', { expiresAt: T0, ipAddress: '10.0.0.1' }),
        aSession('swept', { expiresAt: T0 + 1 }),
        aSession('swept', { revokedAt: T0 }),
        aSession('swept', { revokedAt: T0 + 1 }),
        aSession('swept', { expiresAt: T0, revokedAt: T0 + 2 }),
        aSession('swept'),
      ]
      await given.storage.commit({ sessions: made })
      const kept = made.map((each) => ({ ...each, version: 1 }))
      const over = await ended(T0)
      expect(over).toHaveLength(4)
      expect(over).toEqual(expect.arrayContaining([kept[0], kept[1], kept[3], kept[5]]))
      expect((await given.storage.stores.sessions.ended(T0, 2)).length).toBe(2)
      await given.storage.commit({ removed: { sessions: over } })
      expect(await ended(T0)).toEqual([])
      expect(await ended(T0 + 1)).toHaveLength(2)
    })
  })
}

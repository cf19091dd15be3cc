import { describe, expect, test } from 'bun:test'
import { aCredential, aGroup, aNode, anEntry, aPresence, aRecording, aSession, aUser, T0 } from './builders.ts'
import { type Given, outcome } from './given.ts'

/** What was decided under an authority that has moved on is decided again. */
export function authorityMovesOn(given: Given): void {
  const epoch = async () => (await given.storage.load()).epoch

  describe('authority', () => {
    test('what is new takes nothing from anyone; a revocation moves the epoch on', async () => {
      const before = await epoch()
      const node = aNode()
      const credential = aCredential(node.id)
      const user = aUser()
      await given.storage.commit({
        nodes: [node],
        presences: [aPresence(node.id)],
        credentials: [credential],
        users: [user],
      })
      expect(await epoch()).toBe(before)
      await given.storage.commit({ credentials: [{ ...credential, version: 1, revokedAt: T0 }] })
      expect(await epoch()).toBe(before + 1)
      await given.storage.commit({ users: [{ ...user, version: 1, roles: [] }] })
      expect(await epoch()).toBe(before + 2)
      expect(given.told.at(-1)?.epoch).toBe(before + 2)
    })

    test('what was decided without it leaves it as it was, and in force', async () => {
      const before = await epoch()
      await given.storage.commit({ audit: [anEntry()] })
      await given.storage.commit({ recordings: [aRecording()] })
      expect(given.told.at(-1)?.epoch).toBe(before)
      expect(await outcome(given.storage.commit({ audit: [anEntry()] }, before - 1))).toBe('Stale')
      expect(await outcome(given.storage.commit({ audit: [anEntry()] }, before))).toBe('kept')
    })

    test('a node that is saved moves it on, unless it stands where it stood', async () => {
      const [moved, kept] = [aNode(), aNode()]
      await given.storage.commit({ nodes: [moved, kept] })
      const before = await epoch()
      await given.storage.commit({ nodes: [{ ...kept, version: 1, alias: 'another' }], unmoved: [kept.id] }, before)
      expect(await epoch()).toBe(before)
      const both = [
        { ...kept, version: 2 },
        { ...moved, version: 1, site: 'elsewhere' },
      ]
      await given.storage.commit({ nodes: both, unmoved: [kept.id] }, before)
      expect(await epoch()).toBe(before + 1)
    })

    test('a group that has another name moves it not; one that is removed does', async () => {
      const group = aGroup()
      await given.storage.commit({ groups: [group] })
      const before = await epoch()
      await given.storage.commit({ groups: [{ ...group, version: 1, name: 'Another' }] })
      expect(await epoch()).toBe(before)
      await given.storage.commit({ removed: { groups: [{ ...group, version: 2 }] } })
      expect(await epoch()).toBe(before + 1)
    })

    test('whoever is signed out is so everywhere, also where it signed in meanwhile; nobody else is', async () => {
      const [user, other] = [aUser(), aUser()]
      const [early, late] = [aSession(user.id), aSession(user.id)]
      const others = aSession(other.id)
      await given.storage.commit({ users: [user, other], sessions: [early, others] })
      const seen = await epoch()
      const outcomes = await Promise.all([
        outcome(given.storage.commit({ sessions: [late] }, seen)),
        outcome(given.storage.commit({ signedOut: [user.id] }, seen)),
        outcome(given.storage.commit({ sessions: [aSession(user.id)] }, seen)),
      ])
      expect(outcomes).toEqual(['kept', 'kept', 'Stale'])
      const { sessions = [] } = (await given.storage.load()).changes
      expect(sessions.filter(({ userId }) => userId === user.id)).toEqual([])
      expect(sessions.filter(({ userId }) => userId === other.id)).toEqual([{ ...others, version: 1 }])
      expect(given.live.sessionsOf(user.id, T0)).toEqual([])
      expect(given.live.sessionsOf(other.id, T0)).toEqual([{ ...others, version: 1 }])
    })

    test('a revocation that committed first is obeyed, by changes and by mere entries', async () => {
      const seen = await epoch()
      const user = aUser()
      await given.storage.commit({ users: [user] })
      await given.storage.commit({ users: [{ ...user, version: 1, roles: [] }] }, seen)
      const recording = aRecording()
      expect(await outcome(given.storage.commit({ recordings: [recording], audit: [anEntry()] }, seen))).toBe('Stale')
      expect(await outcome(given.storage.commit({ audit: [anEntry()] }, seen))).toBe('Stale')
      expect(await given.storage.stores.recordings.find(recording.id)).toBeNull()
      expect(await outcome(given.storage.commit({ recordings: [recording] }, seen + 1))).toBe('kept')
    })

    test('a revocation and what it forbids, at once: whoever comes after it is stale, bystanders are kept', async () => {
      const user = aUser()
      await given.storage.commit({ users: [user] })
      const seen = await epoch()
      const outcomes = await Promise.all([
        outcome(given.storage.commit({ audit: [anEntry()] }, seen)),
        outcome(given.storage.commit({ users: [{ ...user, version: 1, roles: [] }] }, seen)),
        outcome(given.storage.commit({ recordings: [aRecording()] }, seen)),
        outcome(given.storage.commit({ audit: [anEntry()] })),
      ])
      expect(outcomes).toEqual(['kept', 'kept', 'Stale', 'kept'])
    })
  })
}

import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { aSession } from '../../adapters/storage/conformance/builders.ts'
import { Administrator } from './testing-access.ts'
import { TestRoom } from './testing-room.ts'
import { everyStorage } from './testing-storages.ts'

setDefaultTimeout(20_000)
const DAY_MS = 24 * 60 * 60_000

for (const [name, storage] of everyStorage()) {
  describe(`sessions that are over, over ${name}`, () => {
    test('they go a day later, a part at a time, and the trail says how many; those in use stay', async () => {
      const room = await TestRoom.open(storage)
      const { world, runners } = room.room
      const sweep = () => runners.find((each) => each.name === 'session')?.tick(world, room.clock.at)
      const userId = (await room.user(['viewer'])).user.id
      const signedOut = await room.signIn()
      await room.ask('POST', '/auth/logout', { token: signedOut })
      const expiresAt = room.clock.at + 12 * 60 * 60_000
      const many = Array.from({ length: 1100 }, () => aSession(userId, { expiresAt }))
      await world.storage.commit({ sessions: many })

      room.clock.at += DAY_MS - 1
      expect(await sweep()).toBe(0)
      room.clock.at += 1
      expect(await sweep()).toBe(1)
      room.clock.at += DAY_MS / 2
      const by = await Administrator.of(room)
      expect([await sweep(), await sweep(), await sweep()]).toEqual([1000, 101, 0])
      expect(await by.self()).toBeString()
      expect(await world.storage.stores.sessions.ended(room.clock.at, 10)).toEqual([])
      const told = await by.entries('action=auth.sessions.removal')
      expect(told.map(({ outcome, actor, details }) => [outcome, actor.id, details.count])).toEqual([
        ['succeeded', 'system:session-runner', 101],
        ['succeeded', 'system:session-runner', 1000],
        ['succeeded', 'system:session-runner', 1],
      ])
      await room.close()
    })
  })
}

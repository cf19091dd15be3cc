import { afterEach, describe, expect, test } from 'bun:test'
import { argonPasswords } from '../../adapters/identity/passwords.ts'
import type { Passwords } from '../../core/ports/identity.ts'
import { OWNER, TestRoom } from './testing-room.ts'
import { everyStorage } from './testing-storages.ts'

/** Argon2 as it is, and how often it was asked. */
function counted(): Passwords & { asked: number } {
  const passwords = argonPasswords()
  const counting = {
    asked: 0,
    hash: passwords.hash,
    verify: (...question: Parameters<Passwords['verify']>) => {
      counting.asked++
      return passwords.verify(...question)
    },
  }
  return counting
}

for (const [name, storage] of everyStorage()) {
  describe(`while authority keeps moving on: ${name}`, () => {
    let room: TestRoom
    afterEach(() => room.close())

    test('whoever signs in takes one turn of Argon2, and gets in', async () => {
      const passwords = counted()
      room = await TestRoom.open(storage, { passwords })
      const owner = await room.signIn()
      const { nodeId, token } = await room.enrol(owner)
      let moving = true
      let moves = 0
      const move = async () => {
        for (; moving; moves++) {
          const channelCount = 1 + (moves % 2)
          const desk = {
            alias: 'Desk',
            backend: 'alsa',
            channelCount,
            systemName: 'USB Desk',
            systemRef: 'alsa:hw:1,0',
          }
          const body = { agentVersion: '1', hostname: 'rec', interfaces: [desk] }
          expect((await room.ask('POST', `/nodes/${nodeId}/inventory`, { token, body })).status).toBe(202)
          await Bun.sleep(1)
        }
      }
      const moved = move()
      passwords.asked = 0
      const answers = await Promise.all(
        Array.from({ length: 4 }, () => room.ask('POST', '/auth/login', { body: OWNER })),
      )
      moving = false
      await moved
      expect(moves).toBeGreaterThan(4)
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
      expect(passwords.asked).toBe(4)
    })

    test('what a caller says of itself is kept in the trail, but not by the megabyte', async () => {
      room = await TestRoom.open(storage)
      const owner = await room.signIn()
      const email = `${'a'.repeat(300_000)}@example.org`
      const refused = await room.ask('POST', '/auth/login', { body: { email, password: 'x' } })
      expect(refused.status).toBe(400)
      const hostname = 'h'.repeat(200_000)
      await room.ask('POST', '/nodes/enroll', { token: owner, body: { hostname } })
      const { body } = await room.ask('GET', '/audit-events?limit=500', { token: owner })
      expect(JSON.stringify(body).length).toBeLessThan(50_000)
    })
  })
}

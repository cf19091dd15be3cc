import { afterEach, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { OWNER, TestRoom } from './testing-room.ts'
import { everyStorage } from './testing-storages.ts'

setDefaultTimeout(20_000)

for (const [name, storage] of everyStorage()) {
  describe(`one's own sessions, over ${name}`, () => {
    let room: TestRoom
    afterEach(() => room.close())

    const open = async () => {
      room = await TestRoom.open(storage, { addressOf: ({ headers }) => headers.get('x-from') ?? undefined })
    }
    const signIn = async (headers: Record<string, string>) => {
      const body = { email: OWNER.email, password: OWNER.password }
      return (await room.ask('POST', '/auth/login', { body, headers })).body.data
    }
    const sessions = (token?: string) => room.ask('GET', '/auth/sessions', { token })
    const revoke = (token: string | undefined, id: string) => room.ask('DELETE', `/auth/sessions/${id}`, { token })

    test('each sees where it is signed in, the latest first, and nobody else', async () => {
      await open()
      const desk = await signIn({ 'x-from': '192.0.2.1', 'user-agent': `Browser ${'x'.repeat(10_000)}` })
      room.clock.at += 1_000
      const phone = await signIn({ 'x-from': '2001:db8::1', 'user-agent': 'Phone' })
      const viewer = await room.user(['viewer'])
      const { status, body } = await sessions(desk.token)
      expect(status).toBe(200)
      const lifetime = { createdAt: expect.stringMatching(/Z$/), expiresAt: desk.expiresAt }
      expect(body.data).toEqual([
        {
          id: phone.sessionId,
          current: false,
          ...lifetime,
          expiresAt: phone.expiresAt,
          ipAddress: '2001:db8::1',
          userAgent: 'Phone',
        },
        {
          id: desk.sessionId,
          current: true,
          ...lifetime,
          ipAddress: '192.0.2.1',
          userAgent: `Browser ${'x'.repeat(151)}…`,
        },
      ])
      expect((await sessions(viewer.token)).body.data).toHaveLength(1)
      expect(JSON.stringify(body)).not.toContain('oken')
      expect((await sessions()).body).toEqual({ error: 'Unauthorized', requestId: expect.any(String) })
      expect(await room.trail(desk.token, 'action=auth.sessions.read')).toEqual([
        'auth.sessions.read.succeeded succeeded',
        'auth.sessions.read.succeeded succeeded',
        'auth.sessions.read.failed denied unauthenticated',
      ])
    })

    test('each ends its own at once, even the one that asks; to anybody else it is none', async () => {
      await open()
      const desk = await signIn({})
      const phone = await signIn({})
      const viewer = await room.user(['viewer'])
      for (const [token, status] of [
        [viewer.token, 404],
        [undefined, 401],
        [desk.token, 204],
        [desk.token, 404],
      ] as const) {
        expect((await revoke(token, phone.sessionId)).status).toBe(status)
      }
      expect((await room.ask('GET', '/auth/me', { token: phone.token })).status).toBe(401)
      expect((await revoke(desk.token, 'no such session')).body.error).toBe('Session not found')
      expect((await sessions(desk.token)).body.data).toHaveLength(1)
      expect((await revoke(desk.token, desk.sessionId)).status).toBe(204)
      expect((await sessions(desk.token)).status).toBe(401)
      const owner = await room.signIn()
      expect(await room.trail(owner, `action=auth.sessions.revoke&target=${phone.sessionId}`)).toEqual([
        'auth.sessions.revoke.failed failed session_not_found',
        'auth.sessions.revoke.failed denied unauthenticated',
        'auth.sessions.revoke.succeeded succeeded',
        'auth.sessions.revoke.failed failed session_not_found',
      ])
    })

    test('what has ended by itself is not among them', async () => {
      await open()
      await signIn({})
      room.clock.at += 12 * 60 * 60_000
      const { token, sessionId } = await signIn({})
      expect((await sessions(token)).body.data.map(({ id }: { id: string }) => id)).toEqual([sessionId])
    })
  })
}

import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mount } from '../elysia.ts'
import { OWNER, TestRoom } from './testing-room.ts'
import { everyStorage } from './testing-storages.ts'

/** The whole is one function, so it can live below a path of someone else's. */
for (const [name, storage] of everyStorage())
  describe(`mounted under a prefix inside another handler, over ${name}`, () => {
    let room: TestRoom
    let outer: (request: Request) => Response | Promise<Response>
    beforeAll(async () => {
      room = await TestRoom.open(storage)
      const inner = mount(room.room.handler, '/recorders')
      outer = (request) =>
        new URL(request.url).pathname.startsWith('/recorders/') ? inner(request) : new Response('a site of its own')
    })
    afterAll(() => room.close())

    const ask = (path: string, init: RequestInit = {}) => outer(new Request(`http://localhost${path}`, init))

    test('everything is there, and what is outside is not ours', async () => {
      expect(await (await ask('/')).text()).toBe('a site of its own')
      expect((await ask('/recorders/healthz')).status).toBe(200)
      expect(await (await ask('/recorders/readyz')).json()).toMatchObject({
        ok: true,
        database: 'ready',
        service: 'roomtone',
      })
      const login = await ask('/recorders/api/v1/auth/login', { method: 'POST', body: JSON.stringify(OWNER) })
      const { token } = (await login.json()).data
      const headers = { authorization: `Bearer ${token}` }
      expect((await (await ask('/recorders/api/v1/auth/me', { headers })).json()).data.roles).toEqual(['owner'])
      const head = await ask('/recorders/api/v1/auth/me', { method: 'HEAD', headers })
      expect([head.status, Number(head.headers.get('content-length')) > 100, await head.text()]).toEqual([
        200,
        true,
        '',
      ])
      expect((await ask('/recorders/api/v1/nothing', { headers })).status).toBe(404)
      const wrong = await ask('/recorders/api/v1/nodes', { method: 'DELETE', headers })
      expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
    })

    test.each(['http://x', 'http://nas', 'https://rt', 'http://[::1]'])('it may be called %s', async (origin) => {
      const inner = mount(room.room.handler)
      expect((await inner(new Request(`${origin}/healthz`))).status).toBe(200)
      const body = JSON.stringify(OWNER)
      expect((await inner(new Request(`${origin}/api/v1/auth/login`, { method: 'POST', body }))).status).toBe(200)
      expect((await inner(new Request(`${origin}/nowhere`))).status).toBe(404)
    })

    test('the console`s origin may call, and no other', async () => {
      const preflight = await ask('/recorders/api/v1/auth/me', {
        method: 'OPTIONS',
        headers: { origin: 'http://localhost:5173' },
      })
      expect(preflight.status).toBe(204)
      expect(Object.fromEntries(preflight.headers)).toMatchObject({
        'access-control-allow-origin': 'http://localhost:5173',
        'access-control-allow-credentials': 'true',
        'access-control-allow-methods': 'GET,POST,PUT,PATCH,DELETE,OPTIONS',
        'access-control-allow-headers': 'Content-Type,Authorization,If-Match,Range',
        vary: 'Origin',
      })
      const refused = await ask('/recorders/api/v1/auth/me', { headers: { origin: 'http://localhost:5173' } })
      expect(refused.headers.get('access-control-allow-origin')).toBe('http://localhost:5173')
      expect(refused.headers.get('vary')).toBe('Origin')
      const foreign = await ask('/recorders/api/v1/auth/me', { headers: { origin: 'https://elsewhere.example' } })
      expect(foreign.headers.get('access-control-allow-origin')).toBeNull()
      expect(foreign.headers.get('vary')).toBe('Origin')
      const plain = await ask('/recorders/api/v1/auth/me')
      expect(plain.headers.get('vary')).toBe('Origin')
      const probe = await ask('/recorders/healthz', { headers: { origin: 'http://localhost:5173' } })
      expect(probe.headers.get('access-control-allow-origin')).toBeNull()
    })

    test('odd paths and parameters are answered, not stumbled over', async () => {
      const token = await room.signIn()
      const odd = [
        '%zz',
        'a%2Fb',
        '%00',
        '%00a',
        'x'.repeat(3000),
        '..%2F..%2Fetc',
        '%F0%9F%8E%99',
        "'; drop table nodes; --",
      ]
      for (const path of odd.flatMap((id) => [
        `/nodes/${id}`,
        `/recordings/${id}`,
        `/recording-jobs/${id}`,
        `/recordings/${id}/stream`,
      ])) {
        const { status } = await room.ask('GET', path, { token })
        expect([path.slice(0, 20), [400, 404].includes(status)]).toEqual([path.slice(0, 20), true])
        expect([401, 404]).toContain((await room.ask('GET', path)).status)
      }
      expect((await room.ask('GET', '/recordings?search=%00&nodeId=a%00b', { token })).status).toBe(200)
      expect((await room.ask('GET', '/nodes?limit=0', { token })).status).toBe(400)
      expect((await room.ask('GET', '/nodes?limit=500', { token })).body.meta.limit).toBe(200)
      expect((await room.ask('GET', '/nodes?q=&site=&limit=', { token })).status).toBe(200)
      expect((await room.ask('GET', '/nodes?bogus=1', { token })).status).toBe(400)
      expect((await room.ask('GET', '/recordings', { token })).body.meta).toMatchObject({ limit: 200, total: 0 })
      expect((await room.ask('GET', '/recordings?limit=500', { token })).status).toBe(200)
    })
  })

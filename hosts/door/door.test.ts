import { afterEach, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { foldingWindowsMs } from '../../core/audit/folding.ts'
import { TestRoom } from './testing-room.ts'
import { everyStorage, pglite } from './testing-storages.ts'

setDefaultTimeout(20_000)

const beat = { agentVersion: '1.0', hostname: 'rec' }

for (const [name, storage] of [...everyStorage(), pglite()]) {
  describe(`the door over ${name}`, () => {
    let room: TestRoom
    afterEach(() => room.close())

    test('the gate comes first, then the input, then existence; each leaves its entry', async () => {
      room = await TestRoom.open(storage)
      const owner = await room.signIn()
      const viewer = await room.user(['viewer'])
      const broken = { body: '{bad' }
      expect((await room.ask('POST', '/nodes/enroll', broken)).status).toBe(401)
      expect((await room.ask('POST', '/nodes/enroll', { ...broken, token: viewer.token })).status).toBe(403)
      const refused = await room.ask('POST', '/nodes/enroll', { ...broken, token: owner })
      expect(refused.status).toBe(400)
      expect(refused.body).toMatchObject({ error: 'Invalid node enrollment', issues: expect.any(Array) })
      await room.enrol(owner)
      expect(await room.trail(owner, 'action=nodes.enroll')).toEqual([
        'nodes.enroll denied unauthenticated',
        'nodes.enroll denied missing_permission',
        'nodes.enroll allowed',
        'nodes.enroll.failed failed invalid_request',
        'nodes.enroll allowed',
        'nodes.enroll.succeeded succeeded',
      ])
    })

    test('a caller without scope learns nothing about what exists', async () => {
      room = await TestRoom.open(storage)
      const owner = await room.signIn()
      const { nodeId } = await room.enrol(owner)
      const stranger = await room.user(['operator'], [{ resourceType: 'site', resourceId: 'South' }])
      for (const id of [nodeId, 'node_missing']) {
        const answer = await room.ask('GET', `/nodes/${id}`, { token: stranger.token })
        expect([answer.status, answer.body.error, answer.body.permission]).toEqual([403, 'Forbidden', 'node:read'])
      }
      expect((await room.ask('GET', '/nodes/node_missing', { token: owner })).status).toBe(404)
      expect((await room.ask('GET', '/nodes', { token: stranger.token })).body).toMatchObject({
        data: [],
        meta: { total: 0 },
      })
    })

    test('an order names its node in the body, and is gated by it before it is parsed', async () => {
      room = await TestRoom.open(storage)
      const owner = await room.signIn()
      const { nodeId } = await room.enrol(owner)
      const granted = [{ resourceType: 'node', resourceId: nodeId }]
      const operator = await room.user(['operator'], granted)
      const viewer = await room.user(['viewer'], granted)
      const start = (token: string, body: unknown) => room.ask('POST', '/recordings', { token, body })
      expect((await start(viewer.token, { nodeId })).status).toBe(403)
      expect((await start(operator.token, { nodeId: 'node_missing', junk: 1 })).status).toBe(403)
      expect((await start(operator.token, {})).status).toBe(403)
      expect((await start(operator.token, { nodeId, junk: 1 })).status).toBe(400)
      expect((await start(owner, { nodeId: 'node_missing' })).status).toBe(404)
      expect((await start(operator.token, { nodeId })).status).toBe(202)
    })

    test('sessions and node credentials do not mix, and a node speaks for itself alone', async () => {
      room = await TestRoom.open(storage)
      const owner = await room.signIn()
      const [a, b] = [await room.enrol(owner), await room.enrol(owner)]
      const heartbeat = (token?: string) => room.ask('POST', `/nodes/${a.nodeId}/heartbeat`, { token, body: beat })
      expect((await heartbeat()).body.error).toBe('Node credential required')
      expect((await heartbeat(owner)).body.error).toBe('Invalid node credential')
      expect((await heartbeat(b.token)).status).toBe(403)
      expect((await heartbeat(a.token)).status).toBe(202)
      expect((await room.ask('GET', '/nodes', { token: a.token })).status).toBe(401)
      const frame = { nodeId: b.nodeId, interfaceId: 'i', capturedAt: '2026-01-01T00:00:00Z', levels: [] }
      expect((await room.ask('POST', `/nodes/${a.nodeId}/meter-frame`, { token: a.token, body: frame })).status).toBe(
        403,
      )
      expect(await room.trail(owner, `action=nodes.heartbeat&target=${a.nodeId}`)).toEqual([
        'nodes.heartbeat.failed denied missing_node_token',
        'nodes.heartbeat.failed denied invalid_node_token',
        'nodes.heartbeat.failed failed node_scope_denied',
        'nodes.heartbeat.succeeded succeeded',
      ])
    })

    test('bodies are read the same way whatever their content type', async () => {
      room = await TestRoom.open(storage)
      const owner = await room.signIn()
      const { nodeId, token } = await room.enrol(owner)
      for (const type of [
        'text/plain',
        'multipart/form-data; boundary=x',
        'application/x-www-form-urlencoded',
        'nonsense',
      ]) {
        const headers = { 'content-type': type }
        expect((await room.ask('POST', `/nodes/${nodeId}/heartbeat`, { token, body: beat, headers })).status).toBe(202)
      }
      for (const body of ['', '[]', 'null', '{"a":', '7']) {
        expect((await room.ask('POST', `/nodes/${nodeId}/heartbeat`, { token, body })).status).toBe(400)
      }
      const huge = JSON.stringify({ ...beat, padding: 'x'.repeat(1024 * 1024) })
      expect((await room.ask('POST', `/nodes/${nodeId}/heartbeat`, { token, body: huge })).status).toBe(413)
    })

    test('a revocation that committed first is obeyed, even by what was already past the gate', async () => {
      room = await TestRoom.open(storage)
      const owner = await room.signIn()
      const { nodeId } = await room.enrol(owner)
      const operator = await room.user(['operator'], [{ resourceType: 'node', resourceId: nodeId }])
      const { storage: store, live } = room.room.world
      const user = live.users.get(operator.user.id)
      if (!user) throw new Error('no such user')
      const revoking = store.commit({ users: [{ ...user, grants: [] }] })
      const order = await room.ask('POST', '/recordings', { token: operator.token, body: { nodeId } })
      await revoking
      expect(order.status).toBe(403)
      expect((await room.ask('GET', '/recordings', { token: owner })).body.meta.total).toBe(0)
      expect((await room.trail(owner, 'action=recordings.start')).at(-1)).toBe(
        'recordings.start denied missing_resource_scope',
      )
    })

    test('a session ends when it is ended, and everywhere at once', async () => {
      room = await TestRoom.open(storage)
      const token = await room.signIn()
      expect((await room.ask('GET', '/auth/me', { token })).body.data).toMatchObject({
        roles: ['owner'],
        name: 'Owner',
      })
      expect((await room.ask('POST', '/auth/logout', { token })).status).toBe(204)
      expect((await room.ask('POST', '/auth/logout', { token })).status).toBe(204)
      expect((await room.ask('GET', '/auth/me', { token })).status).toBe(401)
      room.clock.at += 13 * 60 * 60_000
      const later = await room.signIn()
      room.clock.at += 12 * 60 * 60_000
      expect((await room.ask('GET', '/auth/me', { token: later })).status).toBe(401)
    })

    test('repeats are counted: the next entry in full carries the count; changes and failures are never folded', async () => {
      room = await TestRoom.open(storage)
      const owner = await room.signIn()
      const { nodeId, token } = await room.enrol(owner)
      const heartbeat = (more: object = {}) =>
        room.ask('POST', `/nodes/${nodeId}/heartbeat`, { token, body: { ...beat, ...more } })
      const entries = async (action: string) =>
        (await room.ask('GET', `/audit-events?limit=500&action=${action}`, { token: owner })).body.data.reverse()
      await heartbeat()
      for (let i = 0; i < 4; i++) await heartbeat({ runtime: undefined })
      await heartbeat({ status: 'degraded' })
      await heartbeat({ status: 'degraded' })
      await heartbeat({ hostname: '' })
      room.clock.at += foldingWindowsMs.telemetry
      await heartbeat({ status: 'degraded' })
      const told = (await entries('nodes.heartbeat')).map(
        (each: { outcome: string; after?: object; details: { repeated?: number } }) => [
          each.outcome,
          each.after !== undefined,
          each.details.repeated,
        ],
      )
      expect(told).toEqual([
        ['succeeded', true, undefined],
        ['succeeded', false, undefined],
        ['succeeded', true, undefined],
        ['failed', false, undefined],
        ['succeeded', false, 4],
      ])

      const read = () => room.ask('GET', `/nodes/${nodeId}`, { token: owner })
      for (let i = 0; i < 3; i++) await read()
      expect(await entries('nodes.detail.read')).toHaveLength(2)
      const other = await room.signIn()
      await room.ask('GET', `/nodes/${nodeId}`, { token: other })
      expect(await entries('nodes.detail.read')).toHaveLength(4)
      room.clock.at += foldingWindowsMs.read
      await read()
      expect((await entries('nodes.detail.read')).at(-1)['details']['repeated']).toBe(2)
      for (let i = 0; i < 2; i++) await room.ask('GET', '/nodes/node_missing', { token: owner })
      expect(await room.trail(owner, 'action=nodes.detail.read.failed')).toHaveLength(2)
    })

    test('folding can be turned off', async () => {
      room = await TestRoom.open(storage, { auditFolding: false })
      const owner = await room.signIn()
      for (let i = 0; i < 3; i++) await room.ask('GET', '/nodes', { token: owner })
      expect(await room.trail(owner, 'action=nodes.read')).toHaveLength(6)
    })

    test('the trail contains the very look at it, and hides what is out of scope', async () => {
      room = await TestRoom.open(storage)
      const owner = await room.signIn()
      const [a, b] = [await room.enrol(owner), await room.enrol(owner)]
      const auditor = await room.user(['auditor'], [{ resourceType: 'node', resourceId: a.nodeId }])
      const look = await room.ask('GET', '/audit-events?limit=500', { token: auditor.token })
      expect(look.body.data[0]).toMatchObject({
        action: 'audit.events.read',
        outcome: 'allowed',
        permission: 'audit:read',
      })
      const enrolled = look.body.data.filter((each: { action: string }) => each.action === 'nodes.enroll.succeeded')
      expect(enrolled.map((each: { target: { id: string } }) => each.target.id)).toEqual([a.nodeId])
      const all = await room.ask('GET', `/audit-events?target=${b.nodeId}`, { token: owner })
      const hidden = all.body.data.find((each: { action: string }) => each.action === 'nodes.enroll.succeeded')
      expect((await room.ask('GET', `/audit-events/${hidden.id}`, { token: auditor.token })).status).toBe(404)
      expect((await room.ask('GET', `/audit-events/${hidden.id}`, { token: owner })).body.data.event).toEqual(hidden)
      expect((await room.ask('GET', '/audit-events?outcome=maybe', { token: owner })).status).toBe(400)
    })
  })
}

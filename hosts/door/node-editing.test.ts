import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { TestRoom } from './testing-room.ts'
import { everyStorage } from './testing-storages.ts'

for (const [name, storage] of everyStorage()) {
  describe(`what operators do to nodes, over ${name}`, () => {
    let room: TestRoom
    let owner: string
    let node: Awaited<ReturnType<TestRoom['enrol']>>
    beforeEach(async () => {
      room = await TestRoom.open(storage)
      owner = await room.signIn()
      node = await room.enrol(owner)
    })
    afterEach(() => room.close())

    const patch = (body: object, token = owner) => room.ask('PATCH', `/nodes/${node.nodeId}`, { token, body })
    const beat = (token = node.token, more: object = {}) =>
      room.ask('POST', `/nodes/${node.nodeId}/heartbeat`, {
        token,
        body: { agentVersion: '1', hostname: 'rec', ...more },
      })

    test('what is named changes, null takes away, and the rest stays', async () => {
      await patch({ location: { building: 'East', floor: '3' }, notes: 'old', audioDefaults: { captureChannels: 4 } })
      const answer = await patch({
        alias: ' New ',
        location: { building: null, room: 'Hall 9' },
        notes: null,
        tags: ['t'],
      })
      expect(answer.status).toBe(200)
      expect(answer.body.data).toMatchObject({
        alias: 'New',
        location: { site: 'North', room: 'Hall 9', floor: '3' },
        tags: ['t'],
      })
      expect(answer.body.data.location).not.toHaveProperty('building')
      expect(answer.body.data).not.toHaveProperty('notes')
      expect(answer.body.data.audioDefaults).toEqual({ captureChannels: 4 })
      expect((await patch({ audioDefaults: {} })).body.data).not.toHaveProperty('audioDefaults')
      const config = await room.ask('GET', `/nodes/${node.nodeId}/config`, { token: node.token })
      expect(config.body.data).not.toHaveProperty('audioDefaults')
      for (const nothing of [{}, { location: {} }, { junk: 1 }, { alias: '' }, { status: 'online' }]) {
        expect((await patch(nothing)).status).toBe(400)
      }
      const [entry] = (await room.ask('GET', '/audit-events?action=nodes.update.succeeded', { token: owner })).body.data
      expect([entry.before.audioDefaults, entry.after.audioDefaults]).toEqual([{ captureChannels: 4 }, undefined])
    })

    test('heartbeats and edits at once never overwrite each other', async () => {
      const edits = Array.from({ length: 20 }, (_, i) => [
        patch({ notes: `note ${i}` }),
        beat(node.token, { agentVersion: `v${i}` }),
      ]).flat()
      for (const { status } of await Promise.all(edits)) expect([200, 202]).toContain(status)
      const { data } = (await room.ask('GET', `/nodes/${node.nodeId}`, { token: owner })).body
      expect(data.agentVersion).toStartWith('v')
      expect(data.notes).toStartWith('note')
      expect(data.status).toBe('online')
    })

    test('an interface is renamed, its channels too; what is not there is passed over', async () => {
      const { id } = node.body.data.node.interfaces[0]
      const amend = (nodeId: string, interfaceId: string, body: object) =>
        room.ask('PATCH', `/nodes/${nodeId}/interfaces/${interfaceId}`, { token: owner, body })
      const answer = await amend(node.nodeId, id, {
        alias: 'Table',
        channels: [
          { index: 2, alias: 'Lectern' },
          { index: 99, alias: 'ghost' },
        ],
        serialNumber: 'S',
      })
      expect(answer.body.data.interfaces[0]).toMatchObject({
        alias: 'Table',
        serialNumber: 'S',
        channels: [
          { index: 1, alias: 'Channel 1' },
          { index: 2, alias: 'Lectern' },
        ],
      })
      expect((await amend(node.nodeId, 'missing', { alias: 'x' })).status).toBe(404)
      expect((await amend((await room.enrol(owner)).nodeId, id, { alias: 'x' })).status).toBe(404)
      // What the agent reports again is still called what the operator called it.
      const desk = {
        alias: 'Agent says',
        backend: 'alsa',
        channelCount: 2,
        systemName: 'USB Desk',
        systemRef: 'alsa:hw:1,0',
      }
      const reported = await room.ask('POST', `/nodes/${node.nodeId}/inventory`, {
        token: node.token,
        body: { interfaces: [desk] },
      })
      expect(reported.body.data.node.interfaces[0]).toMatchObject({ alias: 'Table' })
    })

    test('the old credential is dead when the new one is answered; of rotations at once exactly one is left', async () => {
      const rotate = () => room.ask('POST', `/nodes/${node.nodeId}/credentials/rotate`, { token: owner })
      const { credential } = (await rotate()).body.data
      expect([(await beat()).status, (await beat(credential.token)).status]).toEqual([401, 202])
      const several = await Promise.all([rotate(), rotate(), rotate(), rotate()])
      const tokens = several.filter(({ status }) => status === 201).map(({ body }) => body.data.credential.token)
      const alive = []
      for (const token of tokens) if ((await beat(token)).status === 202) alive.push(token)
      expect(alive).toHaveLength(1)
      const text = JSON.stringify((await room.ask('GET', '/audit-events?limit=500', { token: owner })).body)
      for (const token of [node.token, credential.token, ...tokens, owner]) expect(text).not.toContain(token)
    })

    test('what a console may offer is what would be let through', async () => {
      const actions = async (token: string) =>
        (await room.ask('GET', `/nodes/${node.nodeId}/actions`, { token })).body.data
      const viewer = await room.user(['viewer'], [{ resourceType: 'node', resourceId: node.nodeId }])
      const before = await actions(owner)
      expect(before.actions.startRecording).toMatchObject({ enabled: false, reason: 'node_provisioning' })
      expect(before.actions.rotateCredential).toMatchObject({ enabled: true, method: 'POST' })
      expect(before.monitor).toEqual({ available: false })
      await beat()
      const frame = { nodeId: node.nodeId, interfaceId: 'i', capturedAt: '2026-01-05T09:00:00.000Z', levels: [] }
      await room.ask('POST', `/nodes/${node.nodeId}/meter-frame`, { token: node.token, body: frame })
      const after = await actions(viewer.token)
      expect(after.actions.meters).toMatchObject({ enabled: true, href: `/api/v1/nodes/${node.nodeId}/meters` })
      expect(after.actions.editNode).toEqual({
        enabled: false,
        method: 'PATCH',
        permission: 'node:manage',
        reason: 'missing_permission',
      })
      expect(after.monitor).toEqual({ available: true, source: 'meter_frame', capturedAt: frame.capturedAt })
    })

    test('an export is scoped, in order, and harmless in a spreadsheet', async () => {
      await patch({ alias: '=cmd()', notes: 'one, "two"\nthree' })
      const other = await room.enrol(owner, { alias: 'Other' })
      const viewer = await room.user(['viewer'], [{ resourceType: 'node', resourceId: node.nodeId }])
      const all = await room.ask('GET', '/nodes/export?limit=1', { token: owner })
      expect(all.headers.get('content-disposition')).toMatch(/^attachment; filename="roomtone-nodes-[0-9TZ.-]+\.csv"$/)
      const [head, ...rows] = all.body.split(/\n(?=node_)/)
      expect(head).toBe(
        'id,alias,status,site,building,floor,room,hostname,ip_addresses,agent_version,last_seen_at,os_name,kernel_release,architecture,audio_backends,max_concurrent_recordings,interface_count,interfaces,tags,notes',
      )
      expect(rows).toHaveLength(2)
      expect(rows[0]).toStartWith(`${node.nodeId},'=cmd(),provisioning,North,`)
      expect(rows[0]).toEndWith(',"one, ""two""\nthree"')
      expect((await room.ask('GET', '/nodes/export', { token: viewer.token })).body.split(/\n(?=node_)/)).toHaveLength(
        2,
      )
      const selected = (nodeIds: string[], token = owner) =>
        room.ask('POST', '/nodes/export', { token, body: { nodeIds } })
      const both = (await selected([other.nodeId, node.nodeId, other.nodeId])).body.split(/\n(?=node_)/)
      expect(both.slice(1).map((row: string) => row.split(',')[0])).toEqual([other.nodeId, node.nodeId])
      expect((await selected([node.nodeId], viewer.token)).status).toBe(200)
      expect((await selected([node.nodeId, other.nodeId], viewer.token)).status).toBe(404)
      expect((await selected([])).status).toBe(400)
      expect(await room.trail(owner, 'action=nodes.export_selected.failed')).toEqual([
        'nodes.export_selected.failed denied node_not_visible',
        'nodes.export_selected.failed failed invalid_request',
      ])
      expect((await room.ask('GET', '/nodes/export?bogus=1', { token: owner })).status).toBe(400)
      expect((await room.trail(owner, 'action=nodes.export.failed'))[0]).toBe(
        'nodes.export.failed failed invalid_filters',
      )
    })
  })
}

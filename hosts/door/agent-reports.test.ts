import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import type { NodeId, RecordingId } from '../../core/ids.ts'
import { TestRoom } from './testing-room.ts'
import { everyStorage } from './testing-storages.ts'

for (const [name, storage] of everyStorage()) {
  describe(`what an agent has to say, over ${name}`, () => {
    let room: TestRoom
    let owner: string
    let node: Awaited<ReturnType<TestRoom['enrol']>>
    beforeEach(async () => {
      room = await TestRoom.open(storage)
      owner = await room.signIn()
      node = await room.enrol(owner)
    })
    afterEach(() => room.close())

    const report = (body: object) =>
      room.ask('POST', `/nodes/${node.nodeId}/health-events`, { token: node.token, body })
    const unresolved = async () =>
      (await room.room.world.storage.stores.healthEvents.unresolvedOn(node.nodeId as NodeId)).map(({ type }) => type)

    test('the same report again is the same event; another one that shares its name is not', async () => {
      const event = {
        id: 'node_event_1',
        type: 'agent.meter.clipping',
        severity: 'warning',
        openedAt: '2026-01-05T09:00:00Z',
      }
      const [first, again] = [await report(event), await report(event)]
      const other = await report({ ...event, type: 'agent.meter.flatline' })
      expect([first.status, again.status, other.status]).toEqual([201, 201, 201])
      expect(again.body.data.id).toBe(first.body.data.id)
      expect(other.body.data.id).not.toBe(first.body.data.id)
      expect(first.body.data.details).toEqual({ localEventId: 'node_event_1' })
    })

    test('the latest levels are read back as they came, and nothing else that came with them', async () => {
      const level = { channelIndex: 1, label: 'Zoë', peakDbfs: -3.25, rmsDbfs: -20, clipping: false }
      const frame = { nodeId: node.nodeId, interfaceId: 'i', capturedAt: '2026-01-05T09:00:00Z', levels: [level] }
      const say = (body: object) => room.ask('POST', `/nodes/${node.nodeId}/meter-frame`, { token: node.token, body })
      const levels = async () => (await room.ask('GET', `/nodes/${node.nodeId}/meters`, { token: owner })).body.data
      expect((await say({ ...frame, text: 'no frame at all', other: 1 })).status).toBe(202)
      expect(await levels()).toEqual(frame)
      const longer = { ...frame, levels: Array.from({ length: 40 }, (_, i) => ({ ...level, channelIndex: i + 1 })) }
      expect((await say(longer)).body.data.frame).toEqual(longer)
      expect(await levels()).toEqual(longer)
      expect((await say({ ...frame, levels: [{ ...level, peakDbfs: 25 }] })).status).toBe(400)
      await say(frame)
      expect(await levels()).toEqual(frame)
    })

    test('good news ends the trouble it is about, and no other', async () => {
      await report({ type: 'agent.system.disk_pressure', severity: 'warning' })
      await report({ type: 'agent.meter.clipping', severity: 'warning' })
      await report({ type: 'agent.node_config.sync_failed', severity: 'warning' })
      await report({ type: 'agent.system.disk_recovered', severity: 'info' })
      await report({ type: 'agent.node_config.sync_recovered', severity: 'info' })
      expect((await unresolved()).toSorted()).toEqual([
        'agent.meter.clipping',
        'agent.node_config.sync_recovered',
        'agent.system.disk_recovered',
      ])
    })

    test('a recording is as well as what is reported of it', async () => {
      const started = await room.ask('POST', '/recordings', { token: owner, body: { nodeId: node.nodeId } })
      const recordingId = started.body.data.id as RecordingId
      const health = async () =>
        (await room.ask('GET', `/recordings/${recordingId}`, { token: owner })).body.data.healthStatus
      const trouble = 'agent.recording_job.control_plane'
      await report({ type: `${trouble}_failed`, severity: 'warning', recordingId })
      expect(await health()).toBe('warning')
      await report({ type: `${trouble}_recovered`, severity: 'info', recordingId })
      expect(await health()).toBe('healthy')
    })

    test('what a report names must exist and be the node`s own, and the controller`s types are not the agent`s', async () => {
      const other = await room.enrol(owner)
      const started = await room.ask('POST', '/recordings', { token: owner, body: { nodeId: other.nodeId } })
      const event = { type: 'agent.x', severity: 'info' }
      expect((await report({ ...event, recordingId: started.body.data.id })).status).toBe(403)
      expect((await report({ ...event, recordingId: 'rec_missing' })).status).toBe(404)
      expect((await report({ ...event, scheduleId: 'missing' })).status).toBe(404)
      for (const wrong of [
        { type: 'watchdog.x' },
        { type: 'controller.y' },
        { severity: 'odd' },
        { junk: 1 },
        { openedAt: 'soon' },
      ]) {
        expect((await report({ ...event, ...wrong })).status).toBe(400)
      }
    })

    test('a chunk is taken by its headers first; the latest of each rendition is kept', async () => {
      const good = {
        'content-type': 'Audio/WAV; charset=x',
        'x-rakkr-duration-ms': '1000',
        'x-rakkr-captured-at': '2026-01-05T09:00:00.123456789Z',
      }
      const send = (headers: Record<string, string>, size = 500, query = '') =>
        room.ask('POST', `/nodes/${node.nodeId}/listen/chunk${query}`, {
          token: node.token,
          headers,
          body: new Uint8Array(size),
        })
      expect((await send(good)).status).toBe(202)
      expect((await send(good, 600)).status).toBe(202)
      expect((await send(good, 700, '?rendition=enhanced')).status).toBe(202)
      const { live } = room.room.world
      expect(live.heard(node.nodeId as NodeId, 'raw')?.bytes.byteLength).toBe(600)
      expect(live.heard(node.nodeId as NodeId, 'enhanced')?.bytes.byteLength).toBe(700)
      for (const bad of [
        { 'content-type': 'audio/mpeg' },
        { 'x-rakkr-duration-ms': '0' },
        { 'x-rakkr-duration-ms': '10001' },
        { 'x-rakkr-captured-at': 'yesterday' },
      ]) {
        expect((await send({ ...good, ...bad })).status).toBe(400)
      }
      expect([(await send(good, 43)).status, (await send(good, 524_289)).status]).toEqual([400, 413])
    })

    test('older agents look, and claim one by one', async () => {
      const ask = (method: string, path: string) => room.ask(method, path, { token: node.token })
      const nodePath = `/nodes/${node.nodeId}/recording-jobs`
      expect((await ask('GET', `${nodePath}/next`)).status).toBe(204)
      expect((await ask('POST', `${nodePath}/claim-next`)).status).toBe(204)
      const order = (channels: number[]) =>
        room.ask('POST', '/recordings', {
          token: owner,
          body: { nodeId: node.nodeId, captureChannelSelection: channels },
        })
      const one = (await order([1])).body.job.id
      room.clock.at++
      const two = (await order([2])).body.job.id
      expect((await ask('GET', `${nodePath}/next`)).body.data).toMatchObject({ id: one, status: 'queued' })
      expect((await ask('POST', `${nodePath}/claim-next`)).body.data).toMatchObject({ id: one, status: 'running' })
      expect((await ask('POST', `/recording-jobs/${two}/claim`)).body.data).toMatchObject({
        id: two,
        status: 'running',
      })
      expect((await ask('POST', `/recording-jobs/${two}/claim`)).status).toBe(409)
      expect((await ask('GET', `/nodes/${node.nodeId}/channel-map-assignments`)).body).toEqual({ data: [] })
    })
  })
}

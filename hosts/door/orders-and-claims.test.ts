import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { TestRoom } from './testing-room.ts'
import { everyStorage } from './testing-storages.ts'

for (const [name, storage] of everyStorage()) {
  describe(`orders and claims, over ${name}`, () => {
    let room: TestRoom
    let owner: string
    beforeEach(async () => {
      room = await TestRoom.open(storage)
      owner = await room.signIn()
    })
    afterEach(() => room.close())

    test('of two orders for the same channels at once exactly one stands', async () => {
      const { nodeId } = await room.enrol(owner)
      const order = (more: object = {}) => room.ask('POST', '/recordings', { token: owner, body: { nodeId, ...more } })
      const answers = await Promise.all(Array.from({ length: 8 }, () => order()))
      expect(answers.map(({ status }) => status).toSorted()).toEqual([202, 409, 409, 409, 409, 409, 409, 409])
      const busy = answers.find(({ status }) => status === 409)
      expect(busy?.body).toMatchObject({ reason: 'capture_channels_busy', busyChannels: [] })
    })

    test('disjoint channels of one interface share a capture group, and are claimed together', async () => {
      const { nodeId, token } = await room.enrol(owner)
      const order = (channels: number[]) =>
        room.ask('POST', '/recordings', { token: owner, body: { nodeId, captureChannelSelection: channels } })
      const one = await order([1])
      room.clock.at++
      const two = await order([2])
      expect(two.body.job.command.captureGroupId).toBe(one.body.job.command.captureGroupId)
      expect((await order([2])).body).toMatchObject({ reason: 'capture_channels_busy', busyChannels: [2] })
      expect((await order([1, 2, 3])).body).toMatchObject({ reason: 'channel_selection_out_of_range' })
      const claimed = await room.ask('POST', `/nodes/${nodeId}/recording-jobs/claim-next-group`, { token })
      expect(claimed.body.data.map(({ id }: { id: string }) => id)).toEqual([one.body.job.id, two.body.job.id])
    })

    test('64 claims at once share 32 nodes` jobs without overlap', async () => {
      const nodes = await Promise.all(Array.from({ length: 32 }, () => room.enrol(owner)))
      await Promise.all(nodes.map(({ nodeId }) => room.ask('POST', '/recordings', { token: owner, body: { nodeId } })))
      const claims = await Promise.all(
        [...nodes, ...nodes].map(({ nodeId, token }) =>
          room.ask('POST', `/nodes/${nodeId}/recording-jobs/claim-next-group`, { token }),
        ),
      )
      const won = claims.filter(({ status }) => status === 200).map(({ body }) => body.data[0].id)
      expect([won.length, new Set(won).size, claims.filter(({ status }) => status === 204).length]).toEqual([
        32, 32, 32,
      ])
    })
  })
}

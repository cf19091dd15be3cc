import { afterEach, describe, expect, test } from 'bun:test'
import { TestRoom } from './testing-room.ts'
import { everyStorage } from './testing-storages.ts'

/** 16-bit mono. */
function wav(sampleRate: number, dataBytes = 16_000): Uint8Array<ArrayBuffer> {
  const bytes = Buffer.alloc(44 + 16_000, 1)
  bytes.write('RIFF....WAVEfmt ')
  bytes.writeUInt32LE(16, 16)
  bytes.writeUInt16LE(1, 20)
  bytes.writeUInt16LE(1, 22)
  bytes.writeUInt32LE(sampleRate, 24)
  bytes.writeUInt32LE(2 * sampleRate, 28)
  bytes.writeUInt16LE(2, 32)
  bytes.writeUInt16LE(16, 34)
  bytes.write('data', 36)
  bytes.writeUInt32LE(dataBytes, 40)
  return new Uint8Array(bytes)
}

for (const [name, storage] of everyStorage()) {
  describe(`what goes wrong around an upload, over ${name}`, () => {
    let room: TestRoom
    afterEach(() => room.close())

    async function capturing() {
      room = await TestRoom.open(storage)
      const owner = await room.signIn()
      const { nodeId, token } = await room.enrol(owner)
      const order = { nodeId, recordingProfileId: 'voice-wav' }
      const started = await room.ask('POST', '/recordings', { token: owner, body: order })
      await room.ask('POST', `/nodes/${nodeId}/recording-jobs/claim-next-group`, { token })
      const { id } = started.body.data
      const send = (body: Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
        room.ask('PUT', `/recordings/${id}/cache-file`, {
          token,
          body,
          headers: { 'content-type': 'audio/wav', 'x-rakkr-recording-job-id': started.body.job.id, ...headers },
        })
      const see = async (path: string) => (await room.ask('GET', path, { token: owner })).body.data
      const later = async (ms: number) => {
        room.clock.at += ms
        await room.room.runners[0]?.tick(room.room.world, room.clock.at)
      }
      return { owner, nodeId, token, id, jobId: started.body.job.id, send, see, later }
    }

    test('stopped while its sound was already on the way: the sound is kept', async () => {
      const { owner, id, jobId, send, see, later } = await capturing()
      await room.ask('POST', `/recordings/${id}/stop`, { token: owner })
      await later(31_000)
      expect(await see(`/recording-jobs/${jobId}`)).toMatchObject({ status: 'cancelled' })
      expect((await send(wav(8000))).status).toBe(201)
      expect(await see(`/recording-jobs/${jobId}`)).toMatchObject({ status: 'completed' })
      expect(await see(`/recordings/${id}`)).toMatchObject({ status: 'cached', healthStatus: 'healthy' })
    })

    test('people are told once of an upload that fails again and again, and it is settled by one that does not', async () => {
      const { id, send, see } = await capturing()
      for (let i = 0; i < 3; i++) expect((await send(new Uint8Array(0))).status).toBe(400)
      const failures = await see(`/audit-events?action=recordings.cache_file.attach.failed&target=${id}`)
      expect(failures).toHaveLength(3)
      expect((await see(`/recordings/${id}`)).healthStatus).toBe('critical')
      expect(await room.room.world.storage.stores.healthEvents.unresolvedOf(id)).toHaveLength(1)
      expect((await send(wav(8000))).status).toBe(201)
      expect((await see(`/recordings/${id}`)).healthStatus).toBe('healthy')
    })

    test('a header that makes no sense is refused, or not believed, and is never a fault of ours', async () => {
      const { send, see, id } = await capturing()
      for (const said of ['99999999999', 'Infinity', '-1', 'long']) {
        expect((await send(wav(8000), { 'x-rakkr-duration-seconds': said })).status).toBe(400)
      }
      expect((await send(wav(0))).status).toBe(201)
      expect(await see(`/recordings/${id}`)).not.toHaveProperty('waveformPreview')
    })

    test('a file that was written to a pipe says that it is empty, and is heard all the same', async () => {
      const { send, see, id } = await capturing()
      expect((await send(wav(8000, 0))).status).toBe(201)
      expect(await see(`/recordings/${id}`)).toMatchObject({
        durationSeconds: 1,
        waveformPreview: { sampleCount: 8000 },
      })
    })

    test('a date that no calendar here has is refused', async () => {
      const { owner } = await capturing()
      for (const said of ['+275760-01-01T00:00:00Z', '-000100-01-01T00:00:00Z', '+010000-01-01T00:00:00Z']) {
        const path = `/audit-events?from=${encodeURIComponent(said)}`
        expect((await room.ask('GET', path, { token: owner })).status).toBe(400)
      }
      const far = await room.ask('GET', '/audit-events?from=0001-01-01&to=9999-12-31T23:59:59.999Z', { token: owner })
      expect(far.status).toBe(200)
    })

    test('an interface that is gone is not recorded from', async () => {
      const { owner, nodeId, token, send } = await capturing()
      await send(wav(8000))
      const [gone] = (await room.ask('GET', `/nodes/${nodeId}`, { token: owner })).body.data.interfaces
      const inventory = { interfaces: [] }
      const emptied = await room.ask('POST', `/nodes/${nodeId}/inventory`, { token, body: inventory })
      expect(emptied.status).toBe(202)
      const order = { nodeId, recordingProfileId: 'voice-wav', captureInterfaceId: gone.id }
      const { status, body } = await room.ask('POST', '/recordings', { token: owner, body: order })
      expect([status, body.error]).toEqual([409, 'Recording interface not found'])
    })
  })
}

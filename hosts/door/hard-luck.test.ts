import { afterEach, describe, expect, test } from 'bun:test'
import { mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { diskMedia } from '../../adapters/media/disk.ts'
import { writeWav } from '../../agent-sim/sound/wav.ts'
import { TestRoom } from './testing-room.ts'
import { everyStorage } from './testing-storages.ts'

/** A second of 16-bit mono; its header may claim what it likes. */
function wav(claims: { readonly sampleRateHz?: number; readonly dataBytes?: number } = {}): Uint8Array<ArrayBuffer> {
  const bytes = writeWav({ sampleRateHz: 8000, channelCount: 1, samples: new Int16Array(8000).fill(257) })
  const header = new DataView(bytes.buffer)
  if (claims.sampleRateHz !== undefined) header.setUint32(24, claims.sampleRateHz, true)
  if (claims.dataBytes !== undefined) header.setUint32(40, claims.dataBytes, true)
  return bytes
}

for (const [name, storage] of everyStorage()) {
  describe(`what goes wrong around an upload, over ${name}`, () => {
    let room: TestRoom
    afterEach(() => room.close())

    async function captured() {
      room = await TestRoom.open(storage)
      return room.captured()
    }

    test('stopped while its sound was already on the way: the sound is kept', async () => {
      const { put, job, recording, stop } = await captured()
      await stop()
      await room.later(31_000)
      expect(await job()).toMatchObject({ status: 'cancelled' })
      expect((await put(wav())).status).toBe(201)
      expect(await job()).toMatchObject({ status: 'completed' })
      expect(await recording()).toMatchObject({ status: 'cached', healthStatus: 'healthy' })
    })

    test('people are told once of an upload that fails again and again, and it is settled by one that does not', async () => {
      const { recordingId, put, see, recording } = await captured()
      for (let i = 0; i < 3; i++) expect((await put(new Uint8Array(0))).status).toBe(400)
      const failures = await see(`/audit-events?action=recordings.cache_file.attach.failed&target=${recordingId}`)
      expect(failures).toHaveLength(3)
      expect((await recording()).healthStatus).toBe('critical')
      expect(await room.room.world.storage.stores.healthEvents.unresolvedOf(recordingId)).toHaveLength(1)
      expect((await put(wav())).status).toBe(201)
      expect((await recording()).healthStatus).toBe('healthy')
    })

    test('a node that claims to have captured for ages is taken at what can be, and keeps nobody else from their end', async () => {
      const { put, job } = await captured()
      const other = await room.captured()
      const ages = { 'x-rakkr-duration-seconds': '1000000000' }
      for (const chunk of [0, 1, 2, 3]) expect((await put(wav(), ages, `?chunk=${chunk}`)).status).toBe(201)
      expect(await room.later(31_000)).toBe(2)
      expect([(await job()).status, (await other.job()).status]).toEqual(['failed', 'failed'])
    })

    test('a header that claims one sample a second makes no recording longer than a row can say', async () => {
      const { put, recording } = await captured()
      const slow = wav({ sampleRateHz: 1 })
      expect((await put(slow)).status).toBe(201)
      expect((await recording()).durationSeconds).toBe(8000)
    })

    test('a disk that takes nothing is critical news, and settled once it does', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'roomtone-media-'))
      const [audio, away] = [join(folder, 'audio'), join(folder, 'away')]
      room = await TestRoom.open(storage, { media: await diskMedia(audio) })
      const { recordingId, put, job, recording } = await room.captured()
      await rename(audio, away)
      for (let i = 0; i < 2; i++) {
        const { status, body } = await put(wav())
        expect([status, body]).toEqual([503, { error: 'Audio storage unavailable', requestId: expect.any(String) }])
      }
      expect(await recording()).toMatchObject({ status: 'recording', healthStatus: 'critical' })
      expect(await room.room.world.storage.stores.healthEvents.unresolvedOf(recordingId)).toMatchObject([
        { type: 'controller.recording.cache_file_failed', details: { reason: 'audio_storage_unavailable' } },
      ])
      expect(await job()).toMatchObject({ status: 'running' })
      await rename(away, audio)
      expect((await put(wav())).status).toBe(201)
      expect((await recording()).healthStatus).toBe('healthy')
      await rm(folder, { recursive: true })
    })

    test('a header that makes no sense is refused, or not believed, and is never a fault of ours', async () => {
      const { put, recording } = await captured()
      for (const said of ['99999999999', 'Infinity', '-1', 'long']) {
        expect((await put(wav(), { 'x-rakkr-duration-seconds': said })).status).toBe(400)
      }
      expect((await put(wav({ sampleRateHz: 0 }))).status).toBe(201)
      expect(await recording()).not.toHaveProperty('waveformPreview')
    })

    test('a file that was written to a pipe says that it is empty, and is heard all the same', async () => {
      const { put, recording } = await captured()
      expect((await put(wav({ dataBytes: 0 }))).status).toBe(201)
      expect(await recording()).toMatchObject({
        durationSeconds: 1,
        waveformPreview: { sampleCount: 8000 },
      })
    })

    test('a date that no calendar here has is refused', async () => {
      const { owner } = await captured()
      for (const said of ['+275760-01-01T00:00:00Z', '-000100-01-01T00:00:00Z', '+010000-01-01T00:00:00Z']) {
        const path = `/audit-events?from=${encodeURIComponent(said)}`
        expect((await room.ask('GET', path, { token: owner })).status).toBe(400)
      }
      const far = await room.ask('GET', '/audit-events?from=0001-01-01&to=9999-12-31T23:59:59.999Z', { token: owner })
      expect(far.status).toBe(200)
    })

    test('an interface that is gone is not recorded from', async () => {
      const { owner, nodeId, token, put, see } = await captured()
      await put(wav())
      const [gone] = (await see(`/nodes/${nodeId}`)).interfaces
      const inventory = { interfaces: [] }
      const emptied = await room.ask('POST', `/nodes/${nodeId}/inventory`, { token, body: inventory })
      expect(emptied.status).toBe(202)
      const order = { nodeId, recordingProfileId: 'voice-wav', captureInterfaceId: gone.id }
      const { status, body } = await room.ask('POST', '/recordings', { token: owner, body: order })
      expect([status, body.error]).toEqual([409, 'Recording interface not found'])
    })
  })
}

import { afterEach, describe, expect, test } from 'bun:test'
import { writeWav } from '../../agent-sim/sound/wav.ts'
import { type OpenStorage, TestRoom } from './testing-room.ts'
import { everyStorage } from './testing-storages.ts'

const RATE_HZ = 8000

/** A second of sound that is unlike any other second: 16-bit stereo, behind a chunk that nobody asked for. */
function second(index: number): Uint8Array<ArrayBuffer> {
  const samples = Int16Array.from({ length: RATE_HZ * 2 }, (_, i) => ((i * (index + 3)) % 20_000) - 10_000)
  const wav = Buffer.from(writeWav({ sampleRateHz: RATE_HZ, channelCount: 2, samples }))
  const unasked = Buffer.from('LIST\x04\0\0\0\0\0\0\0')
  const bytes = Buffer.concat([wav.subarray(0, 36), unasked, wav.subarray(36)])
  bytes.writeUInt32LE(bytes.length - 8, 4)
  return new Uint8Array(bytes)
}
const samplesOf = (index: number) => Buffer.from(second(index).subarray(56))

for (const [name, storage] of everyStorage()) {
  describe(`a recording in pieces, over ${name}`, () => {
    let room: TestRoom
    afterEach(() => room.close())

    async function capturing(over = storage) {
      room = await TestRoom.open(over)
      const { put, read, see, ...more } = await room.captured()
      return {
        ...more,
        send: (index: number, query = '', body = second(index), type = 'audio/wav') =>
          put(body, { 'content-type': type, 'x-rakkr-duration-seconds': '1' }, `?chunk=${index}${query}`),
        read: (range?: string) => read(range === undefined ? {} : { range }),
        listed: () => see(`/recording-jobs/${more.jobId}/chunks`),
      }
    }

    test('the pieces play as the one file they would have been', async () => {
      const { send, recording, job, read, listed } = await capturing()
      for (const index of [0, 1]) expect((await send(index)).body.data.recording.status).toBe('recording')
      expect((await read()).status).toBe(409)
      const last = await send(2, '&chunkTotal=3')
      expect(last.body.data.chunk).toMatchObject({
        index: 3,
        total: 3,
        offsetSeconds: 2,
        durationSeconds: 1,
        status: 'cached',
      })
      expect(await recording()).toMatchObject({
        status: 'cached',
        cached: true,
        durationSeconds: 3,
        healthStatus: 'healthy',
      })
      expect(await recording()).not.toHaveProperty('cachePath')
      expect((await recording()).waveformPreview).toMatchObject({ channelCount: 2, sampleCount: 3 * RATE_HZ })
      expect(await job()).toMatchObject({ status: 'completed' })
      expect((await listed()).map(({ index, total }: { index: number; total: number }) => [index, total])).toEqual([
        [1, 3],
        [2, 3],
        [3, 3],
      ])

      const { bytes } = await read()
      expect(bytes.subarray(44).equals(Buffer.concat([0, 1, 2].map(samplesOf)))).toBe(true)
      expect([bytes.readUInt32LE(4), bytes.readUInt32LE(40)]).toEqual([bytes.length - 8, bytes.length - 44])
      for (const [from, to] of [
        [0, 43],
        [40, 50],
        [32_000, 96_043],
        [64_043, 64_045],
        [96_000, 96_043],
      ] as const) {
        const part = await read(`bytes=${from}-${to}`)
        expect([part.status, part.bytes.equals(bytes.subarray(from, to + 1))]).toEqual([206, true])
      }
    })

    test('a piece that comes twice is one piece, the last one too, and late pieces find their place', async () => {
      const { send, recording, read, listed } = await capturing()
      await send(1)
      await send(0)
      await send(1)
      await send(2, '&chunkTotal=3')
      expect((await send(2, '&chunkTotal=3')).status).toBe(201)
      expect(await listed()).toHaveLength(3)
      expect((await recording()).durationSeconds).toBe(3)
      expect((await read()).bytes.subarray(44).equals(Buffer.concat([0, 1, 2].map(samplesOf)))).toBe(true)
    })

    test('of a piece that comes again with other bytes, nothing of the first is remembered', async () => {
      const { send, read, recording } = await capturing()
      await send(0)
      await send(0, '', new Uint8Array(second(0).length))
      await send(1, '&chunkTotal=2')
      expect((await read()).status).toBe(409)
      await send(0)
      expect((await read()).bytes.subarray(44).equals(Buffer.concat([0, 1].map(samplesOf)))).toBe(true)
      expect((await recording()).waveformPreview.sampleCount).toBe(16_000)
      await send(0, '', new Uint8Array(second(0).length))
      expect(await recording()).not.toHaveProperty('waveformPreview')
    })

    test('pieces that come all at once see each other', async () => {
      const { send, recording, read, listed } = await capturing()
      const places = Array.from({ length: 12 }, (_, i) => i)
      const order = [...places.slice(0, 6), 11, ...places.slice(6, 11)]
      const sent = await Promise.all(order.map((index) => send(index, index === 11 ? '&chunkTotal=12' : '')))
      expect(new Set(sent.map(({ status }) => status))).toEqual(new Set([201]))
      expect(await recording()).toMatchObject({ status: 'cached', durationSeconds: 12 })
      expect((await read()).bytes.subarray(44).equals(Buffer.concat(places.map(samplesOf)))).toBe(true)
      expect((await listed()).map(({ offsetSeconds }: { offsetSeconds: number }) => offsetSeconds)).toEqual(places)
    })

    test('a piece that was decided on before the last one had come is decided on again', async () => {
      const [looked, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      let looks = 0
      const crowded: OpenStorage = async (listener) => {
        const opened = await storage(listener)
        const { recordings } = opened.stores
        const chunksOf: typeof recordings.chunksOf = async (id) => {
          const found = await recordings.chunksOf(id)
          if (++looks > 1) return found
          looked.resolve()
          await released.promise
          return found
        }
        return { ...opened, stores: { ...opened.stores, recordings: { ...recordings, chunksOf } } }
      }
      const { send, recording, read } = await capturing(crowded)
      const first = send(0)
      await looked.promise
      expect((await send(1, '&chunkTotal=2')).status).toBe(201)
      expect(await recording()).toMatchObject({ status: 'partial', durationSeconds: 1 })
      released.resolve()
      expect((await first).status).toBe(201)
      expect(await recording()).toMatchObject({ status: 'cached', durationSeconds: 2 })
      expect((await read()).bytes.subarray(44).equals(Buffer.concat([0, 1].map(samplesOf)))).toBe(true)
    })

    test('stopped in the middle, what had arrived stays, and plays', async () => {
      const { send, post, stop, recording, read, job } = await capturing()
      await send(0)
      await send(1)
      await stop()
      expect((await post('cancelled')).status).toBe(200)
      expect(await recording()).toMatchObject({ status: 'partial', cached: true, durationSeconds: 2 })
      expect(await job()).toMatchObject({ status: 'cancelled' })
      expect((await read()).bytes.subarray(44).equals(Buffer.concat([0, 1].map(samplesOf)))).toBe(true)
      expect((await send(2)).status).toBe(409)
    })

    test('lost in the middle, what had arrived plays; when the node is back it is whole again', async () => {
      const { send, recording, read, job } = await capturing()
      await send(0)
      expect(await room.later(31_000)).toBe(1)
      expect(await job()).toMatchObject({ status: 'failed', failureReason: 'lease_expired' })
      expect(await recording()).toMatchObject({ status: 'partial', durationSeconds: 1, healthStatus: 'critical' })
      expect((await read()).bytes.subarray(44).equals(samplesOf(0))).toBe(true)
      await send(1)
      expect(await recording()).toMatchObject({ status: 'partial', durationSeconds: 2 })
      await send(2, '&chunkTotal=3')
      expect(await recording()).toMatchObject({ status: 'cached', durationSeconds: 3, healthStatus: 'healthy' })
      expect(await job()).toMatchObject({ status: 'completed' })
      expect((await read()).bytes.subarray(44).equals(Buffer.concat([0, 1, 2].map(samplesOf)))).toBe(true)
    })

    test('raw pieces are a supplement: they complete nothing', async () => {
      const { send, recording, job } = await capturing()
      await send(0, '&rendition=raw&chunkTotal=1')
      expect([(await recording()).status, (await job()).status]).toEqual(['recording', 'running'])
      await send(0, '&chunkTotal=1')
      expect([(await recording()).status, (await job()).status]).toEqual(['cached', 'completed'])
    })

    test('bytes that are said to be MP3 and are not understood follow each other as they are', async () => {
      const { send, read } = await capturing()
      const [a, b] = [new Uint8Array(700).fill(1), new Uint8Array(300).fill(2)]
      await send(0, '', a, 'audio/mpeg')
      await send(1, '&chunkTotal=2', b, 'audio/mpeg')
      expect((await read()).bytes.equals(Buffer.concat([a, b]))).toBe(true)
      expect((await read('bytes=699-700')).bytes.equals(Buffer.from([1, 2]))).toBe(true)
    })

    test('a long ad-hoc capture is ordered in pieces, unless its node cannot', async () => {
      const settings = {
        leaseMs: 30_000,
        offlineAfterSeconds: 120,
        captureSeconds: 3600,
        adhocChunkSeconds: 60,
        uploadBytesMax: 1000,
      }
      room = await TestRoom.open(storage, { settings })
      const owner = await room.signIn()
      const command = async (interfaces: object[], order: object = {}) => {
        const { nodeId } = await room.enrol(owner, { interfaces })
        return (await room.ask('POST', '/recordings', { token: owner, body: { nodeId, ...order } })).body.job.command
      }
      const desk = { alias: 'Desk', backend: 'alsa', channelCount: 2, systemName: 'USB Desk' }
      expect((await command([desk])).chunkSeconds).toBe(60)
      expect(await command([{ ...desk, backend: 'jack' }])).not.toHaveProperty('chunkSeconds')
    })
  })
}

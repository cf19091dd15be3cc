import { afterEach, describe, expect, test } from 'bun:test'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { diskMedia } from '../../adapters/media/disk.ts'
import { openMemory } from '../../adapters/storage/memory/open.ts'
import { writeWav } from '../../agent-sim/sound/wav.ts'
import type { Media } from '../../core/ports/media.ts'
import { StorageUnavailable } from '../../core/ports/storage.ts'
import { TestRoom } from './testing-room.ts'
import { everyStorage } from './testing-storages.ts'

const A_DAY = 24 * 60 * 60_000
const sound = (level: number) =>
  writeWav({ sampleRateHz: 8000, channelCount: 1, samples: new Int16Array(8000).fill(level) })

describe.each(everyStorage())('audio that no row names, on %s', (_, storage) => {
  let room: TestRoom
  let folder: string
  let media: Media
  afterEach(async () => {
    await room.close()
    await rm(folder, { recursive: true, force: true })
  })

  const given = async () => {
    folder = await mkdtemp(join(tmpdir(), 'roomtone-doubt-'))
    media = await diskMedia(folder, { restMs: 0 })
    room = await TestRoom.open(storage, { media })
    const captured = await room.captured()
    return captured
  }
  /** As someone who has signed in today. */
  const play = async (recordingId: string) => {
    const headers = { authorization: `Bearer ${await room.signIn()}` }
    const answer = await room.fetch(new Request(`http://localhost/api/v1/recordings/${recordingId}/file`, { headers }))
    return { status: answer.status, bytes: Buffer.from(await answer.arrayBuffer()) }
  }
  /** What lies in its place, and how many notes there are. */
  const files = async () => {
    const found = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((each) => each.isFile())
    const notes = found.filter(({ name }) => name.endsWith('.doubt')).length
    return { filed: found.length - notes, notes }
  }
  const tick = async (afterMs: number) => {
    room.clock.at += afterMs
    const runner = room.room.runners.find(({ name }) => name === 'retention')
    return runner?.tick(room.room.world, room.clock.at)
  }
  const again = async () => {
    media = await diskMedia(folder, { restMs: 0 })
    return media.doubtful().length
  }

  test('what was acknowledged is in no doubt', async () => {
    const { put } = await given()
    expect((await put(sound(1))).status).toBe(201)
    expect(await files()).toEqual({ filed: 1, notes: 0 })
  })

  test('what was kept for a commit that did not come is told of after a day, and goes', async () => {
    const { put, recordingId } = await given()
    const { storage } = room.room.world
    const commit = storage.commit
    storage.commit = async (changes, epoch) => {
      if (changes.recordings) throw new StorageUnavailable('away')
      return commit(changes, epoch)
    }
    expect((await put(sound(1))).status).toBe(503)
    storage.commit = commit
    expect(await files()).toEqual({ filed: 1, notes: 1 })
    // Whoever starts next knows of it as well.
    expect(await again()).toBe(1)
    expect(await tick(A_DAY - 60_000)).toBe(0)
    expect(await tick(61_000)).toBe(1)
    expect(await files()).toEqual({ filed: 0, notes: 0 })
    const entries = await room.trail(await room.signIn(), `target=${recordingId}&action=cache_file.discard`)
    expect(entries).toEqual(['recordings.cache_file.discard.succeeded succeeded'])
  })

  test('sent again in time it is named, and the doubt with it is over', async () => {
    const { put, recordingId } = await given()
    const { storage } = room.room.world
    const commit = storage.commit
    storage.commit = async () => {
      throw new StorageUnavailable('away')
    }
    await put(sound(1))
    storage.commit = commit
    expect((await put(sound(1))).status).toBe(201)
    expect(await files()).toEqual({ filed: 1, notes: 0 })
    await tick(2 * A_DAY)
    expect((await play(recordingId)).bytes.equals(Buffer.from(sound(1)))).toBe(true)
  })

  test('a row that names it after all is believed', async () => {
    const { put, recordingId } = await given()
    await put(sound(1))
    const row = await room.room.world.storage.stores.recordings.find(recordingId)
    await media.doubt(row?.cachePath ?? '', row?.checksum ?? '')
    expect(await files()).toEqual({ filed: 1, notes: 1 })
    expect(await tick(2 * A_DAY)).toBe(1)
    expect(await files()).toEqual({ filed: 1, notes: 0 })
    expect((await play(recordingId)).status).toBe(200)
  })

  test('what was replaced is there for a day, and then only what replaced it', async () => {
    const { put, recordingId } = await given()
    await put(sound(1), {}, '?chunk=0')
    await put(sound(2), {}, '?chunk=0')
    await put(sound(3), {}, '?chunk=1&chunkTotal=2')
    expect(await files()).toEqual({ filed: 3, notes: 1 })
    await tick(A_DAY + 60_000)
    expect(await files()).toEqual({ filed: 2, notes: 0 })
    expect((await play(recordingId)).status).toBe(200)
  })

  test('what was given up by ordering it again goes, unless the same is sent once more', async () => {
    const { put, post, jobId, owner } = await given()
    await put(sound(1), {}, '?chunk=0')
    await put(sound(2), {}, '?chunk=1')
    await post('failed')
    const again = await room.ask('POST', `/recording-jobs/${jobId}/retry`, { token: owner })
    expect(await files()).toEqual({ filed: 2, notes: 2 })
    await put(sound(2), { 'x-rakkr-recording-job-id': again.body.data.id }, '?chunk=1&chunkTotal=2')
    expect(await files()).toEqual({ filed: 2, notes: 1 })
    await tick(A_DAY + 60_000)
    expect(await files()).toEqual({ filed: 1, notes: 0 })
  })

  test('what is in hand stays, whatever time it has become: its row may come yet', async () => {
    const { put, recordingId } = await given()
    const { storage } = room.room.world
    const commit = storage.commit
    storage.commit = async (changes, epoch) => {
      // The clock is set a day on, and the space of what is in doubt is looked at, between the bytes and their row.
      if (changes.recordings) await tick(2 * A_DAY)
      return commit(changes, epoch)
    }
    const answered = await put(sound(1))
    storage.commit = commit
    expect(answered.status).toBe(201)
    expect(await files()).toEqual({ filed: 1, notes: 0 })
    expect((await play(recordingId)).status).toBe(200)
  })

  test('of a recording that this database does not know nothing goes: it may be another one`s', async () => {
    const { put, recordingId } = await given()
    await put(sound(1))
    const row = await room.room.world.storage.stores.recordings.find(recordingId)
    await media.doubt(row?.cachePath ?? '', row?.checksum ?? '')
    const stranger = await TestRoom.open(openMemory, { media: await diskMedia(folder, { restMs: 0 }) })
    stranger.clock.at += 2 * A_DAY
    const runner = stranger.room.runners.find(({ name }) => name === 'retention')
    expect(await runner?.tick(stranger.room.world, stranger.clock.at)).toBe(1)
    await stranger.close()
    expect(await files()).toEqual({ filed: 1, notes: 1 })
  })

  test('a process acts on no doubt that it has known for a moment only, and on no note that is not its own', async () => {
    await given()
    await writeFile(join(folder, 'incoming', 'odd.doubt'), '{"path":"../../x.wav","checksum":"sha256:/../../x"}')
    await writeFile(join(folder, 'incoming', 'half.doubt'), '{"path":"ad-hoc/re')
    await media.doubt('ad-hoc/rec_x.wav', `sha256:${'0'.repeat(64)}`)
    expect(media.doubtful()).toHaveLength(1)
    expect((await diskMedia(folder)).doubtful()).toEqual([])
    expect((await diskMedia(folder, { restMs: 0 })).doubtful()).toHaveLength(1)
  })

  test('a doubt that comes later lasts a day of its own', async () => {
    const { put, recordingId } = await given()
    await put(sound(1), {}, '?chunk=0')
    const [chunk] = await room.room.world.storage.stores.recordings.chunksOf(recordingId)
    await media.doubt(chunk?.cachePath ?? '', chunk?.checksum ?? '')
    await put(sound(2), {}, '?chunk=0')
    expect(await files()).toEqual({ filed: 2, notes: 2 })
    const [older] = media.doubtful()
    if (older) await media.resolve(older, false)
    expect(await files()).toEqual({ filed: 2, notes: 1 })
  })

  test('while it is looked up somebody may keep the same: then it stays', async () => {
    await given()
    const path = 'ad-hoc/rec_x.wav'
    async function* bytes() {
      yield sound(5)
    }
    const keep = async () => {
      const received = await media.receive(bytes(), 1_000_000)
      if (!received.ok) throw new Error(received.reason)
      await received.value.keep(path)
      return received.value
    }
    const doubt = () => media.doubtful()[0] ?? fail()
    await (await keep()).discard()
    const old = doubt()
    // Kept, named and let go of, all since it was looked up.
    const newer = await keep()
    await newer.named(path)
    await newer.discard()
    await media.resolve(old, false)
    expect(await files()).toEqual({ filed: 1, notes: 0 })

    await (await keep()).discard()
    const inHand = await keep()
    await media.resolve(doubt(), false)
    // The part of what is in hand, and two notes.
    expect(await files()).toEqual({ filed: 2, notes: 2 })
    await inHand.discard()
    await media.resolve(doubt(), false)
    expect(await files()).toEqual({ filed: 1, notes: 1 })
    await media.resolve(doubt(), false)
    expect(await files()).toEqual({ filed: 0, notes: 0 })
  })
})

function fail(): never {
  throw new Error('nothing is in doubt')
}

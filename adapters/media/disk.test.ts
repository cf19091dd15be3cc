import { afterEach, describe, expect, test } from 'bun:test'
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Staged } from '../../core/ports/media.ts'
import { diskMedia } from './disk.ts'
import type { Link } from './file-names.ts'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (let end = ends.pop(); end; end = ends.pop()) await end()
})

async function freshFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'roomtone-media-'))
  ends.push(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A disk of 1 MiB; nothing where this account may not mount one. */
function smallDiskAt(folder: string): { readonly remount: (how: string) => void } | undefined {
  const run = (...words: string[]) => Bun.spawnSync(words).exitCode === 0
  if (!run('mount', '-t', 'tmpfs', '-o', 'size=1m', 'roomtone-test', folder)) return undefined
  ends.push(() => run('umount', folder))
  return { remount: (how) => run('mount', '-o', `remount,${how}`, folder) }
}

async function* pieces(count: number, sizeBytes = 64 * 1024, fill = 7) {
  for (let i = 0; i < count; i++) yield new Uint8Array(sizeBytes).fill(fill)
}

const filesIn = async (folder: string) =>
  (await readdir(folder, { recursive: true, withFileTypes: true })).filter((each) => each.isFile())

const noSpace = { ok: false, kind: 'no_space', reason: 'insufficient_storage' }
const unavailable = { ok: false, kind: 'unavailable', reason: 'audio_storage_unavailable' }

async function taken(media: Awaited<ReturnType<typeof diskMedia>>, fill = 7): Promise<Staged> {
  const received = await media.receive(pieces(2, 1000, fill), 10_000)
  if (!received.ok) throw new Error(received.reason)
  return received.value
}

describe('a disk that does not take audio says so, leaves nothing half-done, and takes it once it is well', () => {
  test('when it is full, and when it may only be read', async () => {
    const folder = await freshFolder()
    const disk = smallDiskAt(folder)
    if (!disk) return console.warn('SKIPPED a full and a read-only disk: this account may not mount one')
    const media = await diskMedia(folder)
    expect(await media.receive(pieces(32), 10_000_000)).toMatchObject(noSpace)
    expect(await filesIn(folder)).toEqual([])

    const staged = await taken(media)
    disk.remount('ro')
    expect(await media.receive(pieces(1), 10_000_000)).toMatchObject(unavailable)
    expect(await staged.keep('ad-hoc/a.wav')).toMatchObject(unavailable)
    disk.remount('rw')
    expect(await staged.keep('ad-hoc/a.wav')).toMatchObject({ ok: true })
  })

  test('when its folder is gone', async () => {
    const folder = await freshFolder()
    const media = await diskMedia(folder)
    await rename(join(folder, 'incoming'), join(folder, 'elsewhere'))
    expect(await media.receive(pieces(1), 10_000_000)).toMatchObject(unavailable)
    await rename(join(folder, 'elsewhere'), join(folder, 'incoming'))
    expect(await media.receive(pieces(1), 10_000_000)).toMatchObject({ ok: true })
  })

  test('when something else stands in its place', async () => {
    const folder = await freshFolder()
    const staged = await taken(await diskMedia(folder))
    await writeFile(join(folder, 'ad-hoc'), 'not a folder')
    expect(await staged.keep('ad-hoc/a.wav')).toMatchObject(unavailable)
    await rm(join(folder, 'ad-hoc'))
    expect(await staged.keep('ad-hoc/a.wav')).toMatchObject({ ok: true })
  })

  test('what it cannot hear it keeps all the same', async () => {
    const folder = await freshFolder()
    const decoder = { hear: () => Promise.reject(new Error('it fell over')) }
    const media = await diskMedia(folder, { decoder })
    async function* mp3() {
      yield new Uint8Array([0x49, 0x44, 0x33, 0, 0, 0, 0, 0, 0, 0])
    }
    expect(await media.receive(mp3(), 10_000)).toMatchObject({ ok: true, value: { sizeBytes: 10 } })
  })

  test('a sender that fails is no fault of the disk', async () => {
    const folder = await freshFolder()
    const media = await diskMedia(folder)
    async function* failing() {
      yield new Uint8Array(10)
      throw new Error('the sender has gone')
    }
    await expect(media.receive(failing(), 10_000)).rejects.toThrow('the sender has gone')
    expect(await filesIn(folder)).toEqual([])
  })
})

/** How a file system answers on which a file has one name only. */
const oneNameOnly: Link = async () => {
  throw Object.assign(new Error('EPERM: operation not permitted, link'), { code: 'EPERM' })
}

describe.each([
  ['with second names', undefined],
  ['without', oneNameOnly],
])('on a file system %s', (_, link) => {
  test('the same bytes kept twice at once, and once again, are there once; others lie beside them', async () => {
    const folder = await freshFolder()
    const media = await diskMedia(folder, link && { link })
    const [one, same, other] = [await taken(media), await taken(media), await taken(media, 8)]
    const kept = await Promise.all([one, same, other, one].map((each) => each.keep('ad-hoc/a.wav')))
    expect(kept.map(({ ok }) => ok)).toEqual([true, true, true, true])
    expect((await one.keep('ad-hoc/a.wav')).ok).toBe(true)
    for (const each of [one, same, other]) await each.discard()
    for (const each of [one, other]) await each.named('ad-hoc/a.wav')
    expect((await filesIn(folder)).map(({ name }) => name)).toHaveLength(2)
    expect(await readdir(join(folder, 'incoming'))).toEqual([])
    for (const { checksum } of [one, other]) {
      expect(await media.open('ad-hoc/a.wav', checksum)).toMatchObject({ sizeBytes: 2000 })
    }
  })

  test('a place in a folder that is not there yet is made', async () => {
    const folder = await freshFolder()
    const media = await diskMedia(folder, link && { link })
    const staged = await taken(media)
    await mkdir(join(folder, 'ad-hoc'))
    expect((await staged.keep('ad-hoc/deep/a.wav')).ok).toBe(true)
    expect(await media.open('ad-hoc/deep/a.wav', staged.checksum)).not.toBeNull()
  })
})

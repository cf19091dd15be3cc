import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, link, mkdir, open, readdir, rm, stat, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Heard } from '../../core/audio/heard.ts'
import { Listener } from '../../core/audio/listener.ts'
import type { Audio, Decoder, Media, Staged } from '../../core/ports/media.ts'
import { ok, type Result, refuse } from '../../core/result.ts'
import { now } from '../system/clock.ts'

/**
 * Files below one folder. Bytes arrive in `incoming/`, under a name that nobody knows, and get their place only when they
 * are whole and on the disk. A file's name holds its digest, so that other bytes under the same path lie beside it and
 * whoever reads the first goes on reading the first. What is heard of them is heard while they arrive; a decoder hears, of
 * what is whole, the loudness that we cannot draw ourselves.
 */
export async function diskMedia(root: string, decoder?: Decoder): Promise<Media> {
  const incoming = join(root, 'incoming')
  await mkdir(incoming, { recursive: true, mode: 0o700 })
  await sweep(incoming)

  return {
    async receive(bytes, limitBytes) {
      const temporary = join(incoming, `${randomUUID()}.part`)
      const file = await open(temporary, 'wx', 0o600)
      try {
        const taken = await take(bytes, file, limitBytes)
        if (taken.ok) return ok(staged(root, temporary, taken.value, await hear(temporary, taken.value, decoder)))
        await unlink(temporary)
        return taken
      } catch (error) {
        await unlink(temporary).catch(() => {})
        if ((error as { code?: string }).code === 'ENOSPC') return refuse('no_space', 'insufficient_storage')
        throw error
      } finally {
        await file.close()
      }
    },

    async open(path, checksum): Promise<Audio | null> {
      const place = placeOf(root, path, checksum)
      const found = await stat(place).catch(() => null)
      if (!found) return null
      return { sizeBytes: found.size, place, read: (start, end) => createReadStream(place, { start, end }) }
    },
  }
}

const ABANDONED_AFTER_MS = 60 * 60_000

/** What a killed process left half-done belongs to nobody. Another host may be writing here: what it writes is younger. */
async function sweep(incoming: string): Promise<void> {
  for (const name of await readdir(incoming)) {
    const part = join(incoming, name)
    const found = await stat(part).catch(() => null)
    if (found && now() - found.mtimeMs > ABANDONED_AFTER_MS) await rm(part, { force: true })
  }
}

interface Taken {
  readonly checksum: string
  readonly sizeBytes: number
  readonly listener: Listener
}

async function take(bytes: AsyncIterable<Uint8Array>, file: FileHandle, limitBytes: number): Promise<Result<Taken>> {
  const hash = createHash('sha256')
  const listener = new Listener()
  let sizeBytes = 0
  for await (const chunk of bytes) {
    sizeBytes += chunk.byteLength
    if (sizeBytes > limitBytes) return refuse('too_large', 'file_too_large')
    hash.update(chunk)
    listener.push(chunk)
    await writeAll(file, chunk)
  }
  await file.sync()
  return ok({ checksum: `sha256:${hash.digest('hex')}`, sizeBytes, listener })
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.byteLength; ) at += (await file.write(chunk, at)).bytesWritten
}

async function hear(place: string, { listener }: Taken, decoder: Decoder | undefined): Promise<Heard | undefined> {
  const heard = listener.heard()
  const { format } = listener
  if (!decoder || !format || (heard && heard.peaks.length > 0)) return heard
  return (await decoder.hear(place, format, heard)) ?? heard
}

function staged(root: string, temporary: string, { checksum, sizeBytes }: Taken, heard: Heard | undefined): Staged {
  return {
    checksum,
    sizeBytes,
    ...(heard && { heard }),
    async keep(path) {
      const place = placeOf(root, path, checksum)
      await mkdir(dirname(place), { recursive: true, mode: 0o700 })
      // A second name and not a move: of the same bytes kept twice at once, both succeed.
      await link(temporary, place).catch((error: { code?: string }) => {
        if (error.code !== 'EEXIST') throw error
      })
      for (let folder = dirname(place); folder !== root; folder = dirname(folder)) await syncFolder(folder)
      await syncFolder(root)
    },
    discard: () => rm(temporary, { force: true }),
  }
}

/** A name is on the disk only when its folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

const DIGEST_LENGTH = 16

function placeOf(root: string, path: string, checksum: string): string {
  const digest = checksum.replace('sha256:', '').slice(0, DIGEST_LENGTH)
  if (path.split('/').some((part) => part === '' || part === '.' || part === '..'))
    throw new Error(`no such place: ${path}`)
  return join(
    root,
    path.replace(/(\.[a-z0-9]+)?$/, (extension) => `.${digest}${extension}`),
  )
}

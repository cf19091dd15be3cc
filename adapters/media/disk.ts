import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, rm, stat, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { getLogger } from '@logtape/logtape'
import type { Heard } from '../../core/audio/heard.ts'
import { Listener } from '../../core/audio/listener.ts'
import type { Audio, Decoder, Media, Staged } from '../../core/ports/media.ts'
import { ok, type Result, refuse } from '../../core/result.ts'
import { now } from '../system/clock.ts'
import { Doubts } from './doubts.ts'
import { type Link, nameTwice, placeOf, syncFolder } from './file-names.ts'

/** What a disk can be handed. */
export interface Means {
  readonly decoder?: Decoder
  /** How a file is given a second name. */
  readonly link?: Link
  /** How long a process has to know of a doubt before it acts on it, whatever the clock on the wall says. */
  readonly restMs?: number
}

const REST_MS = 10 * 60_000

/**
 * Files below one folder. Bytes arrive in `incoming/`, under a name that nobody knows, and get their place only when they
 * are whole and on the disk. A file's name holds its digest, so that other bytes under the same path lie beside it and
 * whoever reads the first goes on reading the first. What is heard of them is heard while they arrive; a decoder hears, of
 * what is whole, the loudness that we cannot draw ourselves.
 */
export async function diskMedia(root: string, { decoder, link, restMs = REST_MS }: Means = {}): Promise<Media> {
  const incoming = join(root, 'incoming')
  await mkdir(incoming, { recursive: true, mode: 0o700 })
  await sweep(incoming)
  const doubts = await Doubts.open(incoming)

  return {
    async receive(bytes, limitBytes) {
      const temporary = join(incoming, randomUUID() + PART)
      const opened = await attempt(() => open(temporary, 'wx', 0o600))
      if (!opened.ok) return opened
      const file = opened.value
      let received: Staged | undefined
      try {
        const taken = await take(bytes, file, limitBytes)
        if (!taken.ok) return taken
        const heard = await hear(temporary, taken.value, decoder)
        received = staged({ root, temporary, link, doubts }, taken.value, heard)
        return ok(received)
      } finally {
        if (!received) await unlink(temporary).catch(() => {})
        await file.close().catch(() => {})
      }
    },

    async open(path, checksum): Promise<Audio | null> {
      const place = placeOf(root, path, checksum)
      const found = await stat(place).catch(() => null)
      if (!found) return null
      return { sizeBytes: found.size, place, read: (start, end) => createReadStream(place, { start, end }) }
    },

    doubt: (path, checksum) =>
      doubts.alone({ path, checksum }, async () => {
        // A note that the disk does not take costs some space later, and nobody the audio that replaces it.
        await attempt(() => doubts.add({ path, checksum }))
      }),
    doubtful: () => doubts.knownFor(restMs),
    resolve: (doubtful, named) =>
      doubts.alone(doubtful, async () => {
        // Whoever has had the same bytes in hand since it was looked up may have named them, or name them yet.
        if (!doubts.isAsItWas(doubtful)) return
        if (named === undefined) return doubts.postpone(doubtful)
        const { id, path, checksum } = doubtful
        if (!named && doubts.about(doubtful).length === 1) await rm(placeOf(root, path, checksum), { force: true })
        await doubts.forget([id])
      }),
  }
}

const PART = '.part'
const ABANDONED_AFTER_MS = 60 * 60_000

/** What a killed process left half-done belongs to nobody. Another host may be writing here: what it writes is younger. */
async function sweep(incoming: string): Promise<void> {
  for (const name of (await readdir(incoming)).filter((each) => each.endsWith(PART))) {
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
    const written = await attempt(() => writeAll(file, chunk))
    if (!written.ok) return written
  }
  const synced = await attempt(() => file.sync())
  if (!synced.ok) return synced
  return ok({ checksum: `sha256:${hash.digest('hex')}`, sizeBytes, listener })
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.byteLength; ) at += (await file.write(chunk, at)).bytesWritten
}

/** Nothing is lost for want of a waveform, whatever the bytes make of whoever listens to them. */
async function hear(place: string, { listener }: Taken, decoder: Decoder | undefined): Promise<Heard | undefined> {
  const heard = listener.heard()
  const { format } = listener
  if (!decoder || !format || (heard && heard.peaks.length > 0)) return heard
  return (await decoder.hear(place, format, heard).catch(() => undefined)) ?? heard
}

const log = getLogger(['roomtone', 'media'])
const full: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT'])

/** What the disk does not do for us is a refusal that people are told of; what exactly it said stands in the log. */
async function attempt<T>(act: () => Promise<T>): Promise<Result<T>> {
  try {
    return ok(await act())
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === undefined) throw error
    log.error('audio cannot be kept: {message}', { message })
    return full.has(code)
      ? refuse('no_space', 'insufficient_storage')
      : refuse('unavailable', 'audio_storage_unavailable')
  }
}

interface Place {
  readonly root: string
  readonly doubts: Doubts
  readonly temporary: string
  readonly link: Link | undefined
}

function staged(
  { root, temporary, link, doubts }: Place,
  { checksum, sizeBytes }: Taken,
  heard: Heard | undefined,
): Staged {
  let note: string | undefined
  let settled: readonly string[] = []
  let letGo: (() => void) | undefined
  return {
    checksum,
    sizeBytes,
    ...(heard && { heard }),
    keep: (path) =>
      attempt(() =>
        doubts.alone({ path, checksum }, async () => {
          letGo ??= doubts.hold({ path, checksum })
          if (note === undefined || !doubts.isKnown(note)) note = await doubts.add({ path, checksum })
          // What is doubted from here on is not for us to say.
          settled = doubts.about({ path, checksum })
          const place = placeOf(root, path, checksum)
          await mkdir(dirname(place), { recursive: true, mode: 0o700 })
          await nameTwice(temporary, place, link)
          for (let folder = dirname(place); folder !== root; folder = dirname(folder)) await syncFolder(folder)
          await syncFolder(root)
        }),
      ),
    named: (path) => doubts.alone({ path, checksum }, () => doubts.forget(settled)),
    // What stays in spite of it is swept at some later start.
    async discard() {
      letGo?.()
      letGo = undefined
      await rm(temporary, { force: true }).catch(() => {})
    },
  }
}

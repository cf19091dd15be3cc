import { joinFlac } from '../audio/flac-joined.ts'
import type { Format, Heard } from '../audio/heard.ts'
import { joinMp3 } from '../audio/mp3-joined.ts'
import { audioOver, type Part } from '../audio/segment.ts'
import { joinWav } from '../audio/wav-joined.ts'
import type { Audio, Media } from '../ports/media.ts'
import { type Chunk, hasSound, secured } from './chunk.ts'

/** A chunked recording as the one file it would have been. */
export interface Joined {
  readonly audio: Audio
  /** Tells one state of the whole from another. */
  readonly checksum: string
  /** Ends as its format does. */
  readonly path: string
}

const joiners = { wav: joinWav, flac: joinFlac, mp3: joinMp3 } as const

/** Of one format and shape; what cannot be joined is not had as one file. A piece without any sound is not missed in it. */
export async function join(chunks: readonly Chunk[], media: Media): Promise<Joined | undefined> {
  const all = secured(chunks)
  const sounding = all.filter(hasSound)
  const chosen = sounding.length > 0 ? sounding : all
  const path = chosen[0]?.cachePath
  const opened = await Promise.all(chosen.map((chunk) => open(chunk, media)))
  const parts = opened.filter((part) => part !== undefined)
  if (path === undefined || parts.length < opened.length) return undefined
  const format = formatOf(parts, path)
  const segments = format && joiners[format](parts)
  return segments && { audio: audioOver(segments), checksum: `joined:${digest(chosen)}`, path: named(path, format) }
}

async function open({ cachePath, checksum, heard }: Chunk, media: Media): Promise<Part | undefined> {
  const audio = await media.open(cachePath ?? '', checksum ?? '')
  return audio ? { audio, ...(heard && { heard }) } : undefined
}

/** What was heard, whatever the files are called; only where nothing was, it is what they are called. */
function formatOf(parts: readonly Part[], path: string): Format | undefined {
  const heard = new Set(parts.map((part) => heardAs(part.heard)).filter((format) => format !== undefined))
  if (heard.size > 1) return undefined
  const [format = formats.find((each) => path.endsWith(`.${each}`))] = heard
  return format
}

const formats: readonly Format[] = ['wav', 'flac', 'mp3']

function heardAs(heard: Heard | undefined): Format | undefined {
  if (heard?.flac) return 'flac'
  if (heard?.mp3) return 'mp3'
  return heard?.dataAt === undefined ? undefined : 'wav'
}

const named = (path: string, format: Format): string => `${path.replace(/\.[a-z0-9]+$/, '')}.${format}`

/** As FNV-1a over the digests of the parts, in two halves with a factor each: it names a state, and protects nothing. */
function digest(parts: readonly Chunk[]): string {
  let [high, low] = [0xcbf2_9ce4, 0x8422_2325]
  for (const { checksum } of parts) {
    const text = `${checksum},`
    for (let i = 0; i < text.length; i++) {
      high = Math.imul(high ^ text.charCodeAt(i), 0x85eb_ca6b)
      low = Math.imul(low ^ text.charCodeAt(i), 0x0100_0193)
    }
  }
  return [high, low].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('')
}

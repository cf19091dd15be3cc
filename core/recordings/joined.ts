import { joinFlac } from '../audio/flac-joined.ts'
import { joinMp3 } from '../audio/mp3-joined.ts'
import { audioOver, type Part, type Segment } from '../audio/segment.ts'
import { joinWav } from '../audio/wav-joined.ts'
import type { Audio, Media } from '../ports/media.ts'
import { type Chunk, secured } from './chunk.ts'

/** A chunked recording as the one file it would have been. */
export interface Joined {
  readonly audio: Audio
  /** Tells one state of the whole from another. */
  readonly checksum: string
  readonly path: string
}

/** Of one format and shape; what cannot be joined is not had as one file. */
export async function join(chunks: readonly Chunk[], media: Media): Promise<Joined | undefined> {
  const chosen = secured(chunks)
  const path = chosen[0]?.cachePath
  const opened = await Promise.all(chosen.map((chunk) => open(chunk, media)))
  const parts = opened.filter((part) => part !== undefined)
  if (path === undefined || parts.length < opened.length) return undefined
  const segments = joiners[/\.[a-z0-9]+$/.exec(path)?.[0] ?? '']?.(parts)
  return segments && { audio: audioOver(segments), checksum: `joined:${digest(chosen)}`, path }
}

const joiners: Readonly<Record<string, (parts: readonly Part[]) => readonly Segment[] | undefined>> = {
  '.wav': joinWav,
  '.flac': joinFlac,
  '.mp3': joinMp3,
}

async function open({ cachePath, checksum, heard }: Chunk, media: Media): Promise<Part | undefined> {
  const audio = await media.open(cachePath ?? '', checksum ?? '')
  return audio ? { audio, ...(heard && { heard }) } : undefined
}

/** FNV-1a, 64 bits, over the digests of the parts: it names a state, and protects nothing. */
function digest(parts: readonly Chunk[]): string {
  let hash = 0xcbf29ce484222325n
  for (const character of parts.map(({ checksum }) => checksum).join()) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(character.charCodeAt(0))) * 0x100000001b3n)
  }
  return hash.toString(16)
}

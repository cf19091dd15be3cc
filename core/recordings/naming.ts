import type { RecordingId } from '../ids.ts'
import { operation } from '../operation.ts'
import type { Doubtful, Media } from '../ports/media.ts'
import type { Stores } from '../ports/stores.ts'
import { ok } from '../result.ts'
import type { Chunk } from './chunk.ts'
import type { Recording } from './recording.ts'

export type Bytes = Pick<Doubtful, 'path' | 'checksum'>

/** The bytes that a row of a recording, or of a chunk of it, names. */
export const namedBy = ({
  cachePath,
  checksum,
  rawCachePath,
  rawChecksum,
}: Pick<Recording | Chunk, 'cachePath' | 'checksum' | 'rawCachePath' | 'rawChecksum'>): readonly Bytes[] => [
  ...(cachePath !== undefined && checksum !== undefined ? [{ path: cachePath, checksum }] : []),
  ...(rawCachePath !== undefined && rawChecksum !== undefined ? [{ path: rawCachePath, checksum: rawChecksum }] : []),
]

const isIn = (all: readonly Bytes[], { path, checksum }: Bytes) =>
  all.some((each) => each.path === path && each.checksum === checksum)

/** Says of the bytes that will not be named any more that they are in doubt, before the rows are changed. */
export async function doubtUnnamed(before: readonly Bytes[], after: readonly Bytes[], media: Media): Promise<void> {
  for (const bytes of before) if (!isIn(after, bytes)) await media.doubt(bytes.path, bytes.checksum)
}

/** Every path has the recording's id behind its folder: `ad-hoc/rec_1.wav`, `ad-hoc/rec_1/part0001.wav`. */
export const recordingOf = (path: string): RecordingId => (/^[^/]+\/([^/.]+)/.exec(path)?.[1] ?? '') as RecordingId

/** Undefined where the recording is not known: then this is not the database that the audio belongs to. */
async function isNamed(bytes: Bytes, { recordings }: Stores): Promise<boolean | undefined> {
  const id = recordingOf(bytes.path)
  const recording = await recordings.find(id)
  if (!recording) return undefined
  return isIn([recording, ...(await recordings.chunksOf(id))].flatMap(namedBy), bytes)
}

/** Whether a row names bytes that have been in doubt; that none does is told before they go. */
export const settleDoubt = operation({
  audience: 'system',
  permission: 'recording:control',
  audit: 'recordings.cache_file.discard',
  target: { type: 'recording', param: 'recordingId' },

  async run({ path, checksum, since }: Doubtful, { stores }) {
    const named = await isNamed({ path, checksum }, stores)
    if (named !== false) return ok({ value: named, silent: true })
    return ok({ value: named, before: { cachePath: path, checksum, since }, after: { cached: false } })
  },
})

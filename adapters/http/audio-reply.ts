import { openAsBlob } from 'node:fs'
import type { Audio } from '../../core/ports/media.ts'
import { mimeTypeOf } from '../../core/recordings/attach.ts'
import { fileName } from '../../core/recordings/listening.ts'
import type { Recording } from '../../core/recordings/recording.ts'
import { cuttable } from './cuttable.ts'
import { readRange } from './range.ts'
import { respond } from './reply.ts'
import type { Incoming } from './route.ts'

interface Filed {
  readonly recording: Recording
  readonly audio: Audio
  readonly path: string
  readonly checksum: string
}

/** Bytes of audio, whole or a range, at the pace of the reader. A checksum is the strongest of entity tags. */
export const audioReply =
  (disposition: 'inline' | 'attachment') =>
  async (
    { recording, audio, path, checksum }: Filed,
    { request, caller }: Incoming,
    mayGoOn: () => Promise<boolean>,
  ): Promise<Response> => {
    const etag = `"${checksum}"`
    const headers = {
      'accept-ranges': 'bytes',
      'cache-control': 'private, no-cache',
      'content-disposition': `${disposition}; filename="${fileName(recording, path)}"`,
      'content-type': mimeTypeOf(path),
      etag,
    }
    if (listed(request.headers.get('if-none-match'), etag)) return respond(null, 304, headers)

    const condition = request.headers.get('if-range')
    const wanted = condition === null || condition === etag ? request.headers.get('range') : null
    const range = readRange(wanted, audio.sizeBytes)
    if (range === 'unsatisfiable') {
      return respond(null, 416, { ...headers, 'content-range': `bytes */${audio.sizeBytes}` })
    }
    const { start, end } = range === 'whole' ? { start: 0, end: audio.sizeBytes - 1 } : range
    const partial = range !== 'whole' && { 'content-range': `bytes ${start}-${end}/${audio.sizeBytes}` }
    const body =
      'ticket' in caller ? cuttable(audio.read(start, end), mayGoOn) : await bodyOf(audio, start, end, mayGoOn)
    const length = { 'content-length': String(end - start + 1) }
    return respond(body, partial ? 206 : 200, { ...headers, ...partial, ...length })
  }

const listed = (header: string | null, etag: string) =>
  header?.split(',').some((each) => each.trim().replace(/^W\//, '') === etag || each.trim() === '*') ?? false

/**
 * A slice of a file on Bun, which does not send the length of a stream (oven-sh/bun#10507), and players ask; the others do,
 * and would read all of the file into memory for a slice of it. But a slice is out of our hands once it is handed over, and
 * what was opened by a link has to end with its session.
 */
async function bodyOf(audio: Audio, start: number, end: number, mayGoOn: () => Promise<boolean>) {
  const { place } = audio
  const sliced = place !== undefined && 'Bun' in globalThis
  return sliced ? (await openAsBlob(place)).slice(start, end + 1) : cuttable(audio.read(start, end), mayGoOn)
}

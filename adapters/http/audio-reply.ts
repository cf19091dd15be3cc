import { openAsBlob } from 'node:fs'
import type { Audio } from '../../core/ports/media.ts'
import { mimeTypeOf } from '../../core/recordings/attach.ts'
import { fileName } from '../../core/recordings/operations.ts'
import type { Recording } from '../../core/recordings/recording.ts'
import { readRange } from './range.ts'

interface Filed {
  readonly recording: Recording
  readonly audio: Audio
  readonly path: string
  readonly checksum: string
}

/** Bytes of audio, whole or a range, at the pace of the reader. A checksum is the strongest of entity tags. */
export const audioReply =
  (disposition: 'inline' | 'attachment') =>
  async ({ recording, audio, path, checksum }: Filed, request: Request): Promise<Response> => {
    const etag = `"${checksum}"`
    const headers = {
      'accept-ranges': 'bytes',
      'cache-control': 'private, no-cache',
      'content-disposition': `${disposition}; filename="${fileName(recording, path)}"`,
      'content-type': mimeTypeOf(path),
      etag,
    }
    if (listed(request.headers.get('if-none-match'), etag)) return new Response(null, { status: 304, headers })

    const condition = request.headers.get('if-range')
    const wanted = condition === null || condition === etag ? request.headers.get('range') : null
    const range = readRange(wanted, audio.sizeBytes)
    if (range === 'unsatisfiable') {
      return new Response(null, { status: 416, headers: { ...headers, 'content-range': `bytes */${audio.sizeBytes}` } })
    }
    const { start, end } = range === 'whole' ? { start: 0, end: audio.sizeBytes - 1 } : range
    const partial = range !== 'whole' && { 'content-range': `bytes ${start}-${end}/${audio.sizeBytes}` }
    return new Response(await bodyOf(audio, start, end), {
      status: partial ? 206 : 200,
      headers: { ...headers, ...partial, 'content-length': String(end - start + 1) },
    })
  }

const listed = (header: string | null, etag: string) =>
  header?.split(',').some((each) => each.trim().replace(/^W\//, '') === etag || each.trim() === '*') ?? false

/** A slice of a file where there is one: of a stream Bun does not send the length (oven-sh/bun#10507), and players ask. */
async function bodyOf({ place, read }: Audio, start: number, end: number): Promise<Blob | ReadableStream<Uint8Array>> {
  return place === undefined ? streamOf(read(start, end)) : (await openAsBlob(place)).slice(start, end + 1)
}

/** Takes from the source when the reader asks, and lets go of it when the reader leaves. */
function streamOf(source: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]()
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await iterator.next()
        if (next.done) controller.close()
        else controller.enqueue(next.value)
      },
      async cancel() {
        await iterator.return?.()
      },
    },
    { highWaterMark: 1 },
  )
}

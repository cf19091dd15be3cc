import type { Instant } from '../../core/ids.ts'
import { iso } from '../../core/time.ts'
import { cuttable } from './cuttable.ts'

/** Lines are sent in pieces of about this size; one by one they would cost more than they weigh. */
const PIECE_BYTES = 64 * 1024

/** Lines of JSON at the pace of the reader, named after the moment of the export. */
export function ndjsonReply(
  noun: string,
  lines: AsyncIterable<string>,
  at: Instant,
  mayGoOn: () => Promise<boolean>,
): Response {
  return new Response(cuttable(inPieces(lines), mayGoOn), {
    headers: {
      'cache-control': 'no-store',
      'content-disposition': `attachment; filename="roomtone-${noun}-${iso(at).replaceAll(':', '-')}.ndjson"`,
      'content-type': 'application/x-ndjson; charset=utf-8',
    },
  })
}

async function* inPieces(lines: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder()
  let piece = ''
  for await (const line of lines) {
    piece += line
    if (piece.length < PIECE_BYTES) continue
    yield encoder.encode(piece)
    piece = ''
  }
  if (piece !== '') yield encoder.encode(piece)
}

import type { NodeId } from '../../core/ids.ts'
import { type ChunkInput, ingestListenChunk } from '../../core/listen/operations.ts'
import { asked } from '../../core/operation.ts'
import { perform } from '../../core/perform.ts'
import { iso } from '../../core/time.ts'
import { parseQuery, readBytes } from './body.ts'
import { json, refusal } from './reply.ts'
import { API, checked, type Incoming, type Route } from './route.ts'

/** A second of sound: its bytes are read only when its headers have been found good. */
export const chunkRoute: Route = {
  method: 'POST',
  path: API + checked('/nodes/:nodeId/listen/chunk', ingestListenChunk),
  status: 202,
  operations: [ingestListenChunk],

  async answer(incoming, world) {
    const result = await perform(ingestListenChunk, incoming, asked(inputOf(incoming)), world)
    if (!result.ok) return refusal(result, ingestListenChunk, incoming.requestId())
    const { capturedAt, durationMs, nodeId, receivedAt } = result.value
    return json(
      { data: { capturedAt, durationMs, nodeId, receivedAt: iso(receivedAt), source: 'agent_audio_chunk' } },
      202,
    )
  },
}

function inputOf({ request, params, via }: Incoming): ChunkInput {
  const header = (name: string, member: string) => {
    const said = request.headers.get(name)?.trim()
    return said ? { [member]: said } : {}
  }
  let read: ReturnType<typeof readBytes> | undefined
  return {
    nodeId: (params['nodeId'] ?? '') as NodeId,
    rendition: parseQuery(via.query ?? '')['rendition'] === 'enhanced' ? 'enhanced' : 'raw',
    ...header('content-type', 'contentType'),
    ...header('x-rakkr-duration-ms', 'durationMs'),
    ...header('x-rakkr-captured-at', 'capturedAt'),
    receive(limitBytes) {
      read ??= readBytes(request, limitBytes)
      return read
    },
  }
}

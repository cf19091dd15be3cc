import { ok, type Result, refuse } from '../../core/result.ts'
import { Patience } from './patience.ts'

/** No JSON body of the contract comes near: the largest is a frame of 512 channels. */
export const JSON_BYTES_MAX = 1024 * 1024

/** The text of a body, bounded in size and in time. */
export function readText(
  request: Request,
  limitBytes: number,
  patience = patient,
): Result<string> | Promise<Result<string>> {
  const said = request.headers.get('content-length')
  // Nothing to wait for.
  if (said === '0') return nothing
  return patience.bear(textOf(request, said === null ? Number.NaN : Number(said), limitBytes), tooSlow)
}
const nothing = ok('')

/** Bounded while it is read: what a header says of its length is only a reason to refuse sooner. */
function textOf(request: Request, saidBytes: number, limitBytes: number): Promise<Result<string>> {
  // The common case, and the cheapest: the server lets no more through than was said.
  if (saidBytes <= limitBytes) return request.text().then(ok, () => brokenOff)
  return readBytes(request, limitBytes).then((bytes) => (bytes.ok ? ok(new TextDecoder().decode(bytes.value)) : bytes))
}

export async function readBytes({ headers, body }: Request, limitBytes: number): Promise<Result<Uint8Array>> {
  if (Number(headers.get('content-length') ?? 0) > limitBytes) return refuse('too_large', 'body_too_large')
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of body ? chunksOf(body) : []) {
      size += chunk.byteLength
      if (size > limitBytes) return refuse('too_large', 'body_too_large')
      chunks.push(chunk)
    }
  } catch (error) {
    if (error instanceof BrokenOff) return brokenOff
    throw error
  }
  const bytes = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.byteLength
  }
  return ok(bytes)
}

/** A body that is absent, broken or no object is an empty one, and fails by its own schema. */
export function parseObject(text: string): Record<string, unknown> {
  if (text === '') return {}
  try {
    const body: unknown = JSON.parse(text)
    return typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

/** A key that is given twice is a list; a blank one was not given. */
export function parseQuery(query: string): Record<string, unknown> {
  const parsed: Record<string, string | string[]> = {}
  if (query === '') return parsed
  for (const [key, said] of new URLSearchParams(query)) {
    const value = withoutNul(said)
    if (value.trim() === '') continue
    const before = parsed[key]
    parsed[key] = before === undefined ? value : [before, value].flat()
  }
  return parsed
}

/** No text that a database can hold has one, so what comes with one is looked up without. */
export const withoutNul = (text: string): string => (text.includes('\0') ? text.replaceAll('\0', '') : text)

/** The connection closed before the body had ended. */
export class BrokenOff extends Error {}
const brokenOff = refuse('aborted', 'request_aborted')
const tooSlow = refuse('too_slow', 'body_too_slow')
/** Whoever sends a body a byte at a time would keep a place, and what was read so far, for as long as he likes. */
const patient = new Patience(30_000)

/** What is read to its end on every runtime, and let go of when the reader stops early. */
export async function* chunksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader()
  const read = () =>
    reader.read().catch((cause) => {
      throw new BrokenOff('the body broke off', { cause })
    })
  try {
    for (let next = await read(); !next.done; next = await read()) yield next.value
  } finally {
    await reader.cancel().catch(() => {})
  }
}

/**
 * Gives the memory of a chunk back at once, where the runtime can and the chunk is all of its buffer. The collector comes by
 * only after some 60 MiB of them, whatever the size of the upload.
 */
export function release({ buffer, byteLength }: Uint8Array): void {
  if (buffer.byteLength === byteLength && 'transfer' in buffer) (buffer as Transferable).transfer(0)
}

/** Of ES2024; Node 20 does not have it. */
interface Transferable {
  transfer(byteLength: number): ArrayBuffer
}

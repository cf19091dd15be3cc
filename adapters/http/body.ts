import { ok, type Result, refuse } from '../../core/result.ts'

/** No JSON body of the contract comes near: the largest is a frame of 512 channels. */
export const JSON_BYTES_MAX = 1024 * 1024

/** The text of a body, bounded while it is read: what a header says of its length is only a reason to refuse sooner. */
export async function readText(request: Request, limitBytes: number): Promise<Result<string>> {
  const said = request.headers.get('content-length')
  if (said !== null && Number(said) > limitBytes) return refuse('too_large', 'body_too_large')
  if (said !== null || request.body === null) return ok(await request.text())

  const decoder = new TextDecoder()
  let text = ''
  let size = 0
  for await (const chunk of chunksOf(request.body)) {
    size += chunk.byteLength
    if (size > limitBytes) return refuse('too_large', 'body_too_large')
    text += decoder.decode(chunk, { stream: true })
  }
  return ok(text + decoder.decode())
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

/** What is read to its end on every runtime, and let go of when the reader stops early. */
export async function* chunksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader()
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value
  } finally {
    await reader.cancel().catch(() => {})
  }
}

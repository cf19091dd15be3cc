/** No discovery document, key set or token comes near. */
const BYTES_MAX = 256 * 1024

export class TooLarge extends Error {}

export interface Bounds {
  readonly timeoutMs: number
  readonly allows: (url: string) => boolean
}

/**
 * Asks a server that may be anything: within a time that covers the answer's last byte, for no more bytes than we can hold, and
 * of nobody but whom we meant, as no redirect is followed.
 */
export async function boundedFetch(url: string, init: RequestInit, { timeoutMs, allows }: Bounds): Promise<Response> {
  if (!allows(url)) throw new TypeError('only https is asked')
  const { status, headers, body } = await fetch(url, {
    ...init,
    redirect: 'manual',
    signal: AbortSignal.timeout(timeoutMs),
  })
  const chunks: Uint8Array<ArrayBuffer>[] = []
  let size = 0
  for await (const chunk of body ?? []) {
    size += chunk.byteLength
    // Leaving the loop lets go of the connection.
    if (size > BYTES_MAX) throw new TooLarge()
    chunks.push(chunk)
  }
  return new Response(size === 0 ? null : new Blob(chunks), { status, headers })
}

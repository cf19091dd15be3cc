/** Where requests go: the network's `fetch`, or a controller in this very process. */
export type Fetch = (request: Request) => Response | Promise<Response>

export interface Ask {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH'
  /** Below `/api/v1`, ids as they are: the recorder does not escape them. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly json?: unknown
  readonly bytes?: Uint8Array<ArrayBuffer>
}

export interface Answered<T = unknown> {
  readonly ok: true
  readonly status: number
  readonly data: T
  /** What the controller's clock said, where it said so. */
  readonly dateMs?: number
}

export interface Failed {
  readonly ok: false
  readonly error: string
  /** Absent when there was no answer at all. */
  readonly status?: number
}

export type Answer<T = unknown> = Answered<T> | Failed
export type Call = (ask: Ask) => Promise<Answer>

/** One request, one answer. Nothing is retried and nothing throws: whatever is not 2xx has failed, and that is all. */
export function callOf(fetch: Fetch, url: string, token?: string): Call {
  const base = `${url.replace(/\/+$/, '')}/api/v1`
  return async (ask) => {
    try {
      return await readAnswer(await fetch(requestOf(base, ask, token)))
    } catch (error) {
      return { ok: false, error: error instanceof Error ? error.message : String(error) }
    }
  }
}

function requestOf(base: string, { method, path, headers, json, bytes }: Ask, token?: string): Request {
  const body = bytes ?? (json === undefined ? undefined : JSON.stringify(json))
  return new Request(base + path, {
    method,
    headers: {
      // A recorder opens a new connection for every request.
      connection: 'close',
      ...(token && { authorization: `Bearer ${token}` }),
      ...(json !== undefined && { 'content-type': 'application/json' }),
      // Said here because a controller called in process has no network stack to count for it.
      ...(bytes && { 'content-length': String(bytes.byteLength) }),
      ...headers,
    },
    ...(body !== undefined && { body }),
  })
}

async function readAnswer(response: Response): Promise<Answer> {
  // Read in any case: an unread body keeps its connection.
  const body = parse(await response.text())
  if (!response.ok) return { ok: false, status: response.status, error: describe(response.status, body) }
  const dateMs = Date.parse(response.headers.get('date') ?? '')
  return { ok: true, status: response.status, data: member(body, 'data'), ...(!Number.isNaN(dateMs) && { dateMs }) }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function describe(status: number, body: unknown): string {
  const error = member(body, 'error')
  return typeof error === 'string' ? `${status} ${error}` : String(status)
}

function member(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null ? (body as Readonly<Record<string, unknown>>)[name] : undefined
}

import { createHash } from 'node:crypto'
import type { Deed, Upload } from '../checkers/facts.ts'
import type { Fetch } from '../wire/call.ts'
import { deedOf, kindOf, type RequestKind } from './requests.ts'

/** What agents and operators are told to call; where the controller is just now, the ledger knows. */
export const ADDRESS = 'http://controller.invalid'
const API = '/api/v1'
const PATIENCE_MS = 10_000

/** Stands between everyone and the controller, and writes down what was sent and what was acknowledged. */
export class Ledger {
  readonly deeds: Deed[] = []
  readonly uploads: Upload[] = []
  readonly faults: string[] = []
  /** Where the controller is; undefined while it is away. */
  origin: string | undefined
  #waiting: readonly Waiting[] = []
  readonly #undelivered = new Map<string, Letter>()

  network: Fetch = async (request) => {
    const { pathname, search } = new URL(request.url)
    const body = await request.bytes()
    const { method, headers } = request
    return this.#send({ method, headers, path: pathname.slice(API.length), query: search, body })
  }

  /** Settles when that many requests of a kind have been sent from now on. */
  nth(kind: RequestKind, count: number): Promise<void> {
    return new Promise((done) => {
      this.#waiting = [...this.#waiting, { kind, left: count, done }]
    })
  }

  /** What a recorder does when it is started again: all that it could not deliver, once more. */
  async deliverRest(): Promise<void> {
    for (const letter of [...this.#undelivered.values()]) await this.#send(letter).catch(() => undefined)
  }

  async #send(letter: Letter): Promise<Response> {
    const { method, path, query, headers, body } = letter
    const place = placeOf(letter)
    const upload = place && { ...place, checksum: checksumOf(body), bytes: body }
    if (upload) this.#undelivered.set(`${path}${upload.index}`, letter)
    if (upload) this.uploads.push({ ...upload, acknowledged: false })
    this.#tell(kindOf(method, path))
    if (this.origin === undefined) throw new Error('nobody is there')

    const response = await fetch(`${this.origin}${API}${path}${query}`, {
      method,
      headers,
      ...(body.length > 0 && { body }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    })
    const answer = await response.bytes()
    if (upload && response.ok) {
      this.uploads.push({ ...upload, acknowledged: true })
      this.#undelivered.delete(`${path}${upload.index}`)
    }
    this.#note(letter, response.status, answer)
    const { status, headers: said } = response
    return new Response(status === 204 ? null : answer, { status, headers: said })
  }

  #note({ method, path }: Letter, status: number, answer: Uint8Array): void {
    const isOurs = status === 401 || (status >= 500 && status !== 503)
    if (isOurs) this.faults.push(`${status} to ${method} ${path}: ${new TextDecoder().decode(answer)}`)
    if (status >= 300 || method === 'GET') return
    const data = status === 204 ? undefined : JSON.parse(new TextDecoder().decode(answer)).data
    const deed = deedOf(`${method} ${path}`, data)
    if (deed) this.deeds.push(deed)
  }

  #tell(kind: RequestKind): void {
    const counted = this.#waiting.map((each) =>
      each.kind === 'any' || each.kind === kind ? { ...each, left: each.left - 1 } : each,
    )
    this.#waiting = counted.filter(({ left }) => left > 0)
    for (const { left, done } of counted) if (left <= 0) done()
  }
}

interface Waiting {
  readonly kind: RequestKind
  readonly left: number
  readonly done: () => void
}

interface Letter {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly headers: Headers
  readonly body: Uint8Array<ArrayBuffer>
}

const checksumOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

const UPLOAD = /^\/recordings\/([^/]+)\/cache-file$/

/** Which audio of which recording a letter holds, if any. An agent counts from 0, people from 1. */
function placeOf({ path, query }: Letter): Pick<Upload, 'recordingId' | 'index'> | undefined {
  const recordingId = UPLOAD.exec(path)?.[1]
  if (recordingId === undefined) return undefined
  const chunk = new URLSearchParams(query).get('chunk')
  return { recordingId, ...(chunk !== null && { index: Number(chunk) + 1 }) }
}

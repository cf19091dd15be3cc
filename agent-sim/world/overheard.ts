import { createHash } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import type { Fetch } from '../wire/call.ts'

/** Everything that a controller is asked and answers, written down on its way. */
export class Overheard {
  /** Recordings of which it has taken audio. */
  readonly filed = new Set<string>()
  /** What should never have been: an agent that fell over, audio that was refused. */
  readonly mishaps: string[] = []
  readonly fetch: Fetch
  readonly #trace = createHash('sha256')
  #underWay = 0

  constructor(controller: Fetch, nowMs: () => number) {
    this.fetch = async (request) => {
      const askedMs = nowMs()
      const response = await this.during(async () => controller(request))
      this.#note(`${askedMs} ${request.method} ${request.url} ${response.status}`, request, response)
      return response
    }
  }

  /** A digest of it all, with the moments. */
  trace(): string {
    return this.#trace.copy().digest('hex')
  }

  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#underWay++
    return work().finally(() => this.#underWay--)
  }

  /** Settles when nothing moves any more without time going by. */
  async settle(): Promise<void> {
    do await turn()
    while (this.#underWay > 0)
    await turn()
  }

  #note(said: string, { method, url }: Request, { ok }: Response): void {
    this.#trace.update(`${said}\n`)
    const [, recordingId] = /recordings\/([^/]+)/.exec(url) ?? []
    if (method !== 'PUT' || recordingId === undefined) return
    if (ok) this.filed.add(recordingId)
    else this.mishaps.push(said)
  }
}

import { Connection } from '../load/connection.ts'
import type { Answer } from '../load/http-client.ts'
import { seeded } from '../statistics.ts'
import { requestsFor, type Target } from '../workloads.ts'

/** What a controller has said yes to, in the words of its own audit. */
export interface Acknowledged {
  /** How many beats of each node, and when the last of them was, as the answer said. */
  readonly beats: ReadonlyMap<string, Beats>
  /** The jobs that were handed out, in the order of the answers, and to whom. */
  readonly claims: readonly Claim[]
  /** What no kill excuses. */
  readonly faults: readonly string[]
}

export interface Beats {
  readonly count: number
  readonly lastSeenAt: string
}

export interface Claim {
  readonly jobId: string
  readonly nodeId: string
}

/** One in so many requests is a claim. */
const CLAIM_EVERY = 4
const RECONNECT_MS = 50
/** Away, too busy, or nothing to hand out: neither yes nor a fault. */
const EXCUSED = [204, 429, 503]

/**
 * As many requests as are answered, over connections that come back whenever they were cut, and a note of every yes. What
 * was under way when a connection was cut is nobody's promise.
 */
export class Witness {
  readonly #beats = new Map<string, Beats>()
  readonly #claims: Claim[] = []
  readonly #faults: string[] = []
  readonly #url: URL
  readonly #targets: readonly Target[]
  readonly #requests: readonly { readonly beats: readonly Buffer[]; readonly claim: Buffer | undefined }[]
  readonly #chance = seeded(1)
  readonly #talks: readonly Promise<void>[]
  #over = false
  #answered = 0

  constructor(url: string, targets: readonly Target[], connections: number) {
    this.#url = new URL(url)
    this.#targets = targets
    this.#requests = targets.map((each) => ({
      beats: requestsFor('heartbeat', each, this.#url.host),
      claim: requestsFor('claim', each, this.#url.host)[0],
    }))
    this.#talks = Array.from({ length: connections }, () => this.#talk())
  }

  /** How many requests were answered with yes so far. */
  get answered(): number {
    return this.#answered
  }

  async end(): Promise<Acknowledged> {
    this.#over = true
    await Promise.all(this.#talks)
    return { beats: this.#beats, claims: this.#claims, faults: this.#faults }
  }

  async #talk(): Promise<void> {
    while (!this.#over) {
      await this.#connected().closed
      if (!this.#over) await Bun.sleep(RECONNECT_MS)
    }
  }

  #connected(): Connection {
    let asked = this.#next()
    return new Connection(this.#url, {
      opened: (connection) => connection.send(asked.bytes),
      answered: (answer, connection) => {
        this.#note(asked, answer)
        asked = this.#next()
        if (this.#over) connection.end()
        else connection.send(asked.bytes)
      },
      failed: () => {},
    })
  }

  #next(): Asked {
    const node = Math.floor(this.#chance() * this.#targets.length)
    const nodeId = this.#targets[node]?.nodeId ?? ''
    const { beats = [], claim } = this.#requests[node] ?? {}
    if (claim && this.#chance() < 1 / CLAIM_EVERY) return { what: 'claim', nodeId, bytes: claim }
    return { what: 'beat', nodeId, bytes: beats[Math.floor(this.#chance() * beats.length)] ?? Buffer.alloc(0) }
  }

  #note({ what, nodeId }: Asked, { status, body }: Answer): void {
    if (EXCUSED.includes(status)) return
    if (status >= 300) return void this.#faults.push(`${status} to a ${what}: ${body.toString('utf8', 0, 200)}`)
    this.#answered++
    const { data } = JSON.parse(body.toString('utf8'))
    if (what === 'claim') return void this.#claims.push({ jobId: data.id, nodeId })
    const { count = 0, lastSeenAt = '' } = this.#beats.get(nodeId) ?? {}
    this.#beats.set(nodeId, { count: count + 1, lastSeenAt: later(data.lastSeenAt, lastSeenAt) })
  }
}

/** Of two instants in the form that sorts. */
const later = (one: string, other: string) => (one < other ? other : one)

interface Asked {
  readonly what: 'beat' | 'claim'
  readonly nodeId: string
  readonly bytes: Buffer
}

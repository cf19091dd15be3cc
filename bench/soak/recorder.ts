import { performance } from 'node:perf_hooks'
import { Connection } from '../load/connection.ts'
import type { Answer } from '../load/http-client.ts'

/** One request, from when it was due to when it was answered, or not. */
export interface Attempt {
  readonly nodeId: string
  readonly dueMs: number
  readonly endMs: number
  readonly outcome: 'answered' | 'sent away' | 'cut off' | 'refused'
}

/** What a recorder says again and again, and when: at the same moment of each span, whatever has become of the last. */
export interface Rhythm {
  readonly nodeId: string
  readonly everyMs: number
  readonly phaseMs: number
  readonly request: (turn: number) => Buffer
}

/** Recorders in the field try again a little later, all alike. */
const RETRY_MS = 1000

/**
 * A recorder as it behaves in the field: one connection, one request at a time. When it is cut off or told no it tries again
 * after a second, or when it was told to; once it is answered it is back in its rhythm.
 */
export class Recorder {
  readonly #url: URL
  readonly #rhythm: Rhythm
  readonly #note: (attempt: Attempt) => void
  #connection: Connection | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  /** When the request that is under way was due. */
  #dueMs: number | undefined
  #turn = 0
  #over = false

  constructor(url: URL, rhythm: Rhythm, note: (attempt: Attempt) => void) {
    this.#url = url
    this.#rhythm = rhythm
    this.#note = note
    this.#inRhythm()
  }

  /** What is under way is not waited for: it has not been answered. */
  end(): void {
    this.#over = true
    clearTimeout(this.#timer)
    this.#ended('cut off')
    this.#connection?.end()
  }

  #inRhythm(): void {
    const { everyMs, phaseMs } = this.#rhythm
    const nowMs = performance.now()
    this.#plan(nowMs + everyMs - ((nowMs - phaseMs + everyMs) % everyMs))
  }

  #plan(atMs: number): void {
    clearTimeout(this.#timer)
    if (!this.#over) this.#timer = setTimeout(() => this.#ask(atMs), Math.max(0, atMs - performance.now()))
  }

  #ask(dueMs: number): void {
    this.#dueMs = dueMs
    if (this.#connection) this.#send(this.#connection)
    else {
      this.#connection = new Connection(this.#url, {
        opened: (connection) => this.#send(connection),
        answered: (answer) => this.#answered(answer),
        failed: () => this.#lost(),
      })
    }
  }

  #send(connection: Connection): void {
    connection.send(this.#rhythm.request(this.#turn++))
  }

  #answered({ status, retryAfterSeconds }: Answer): void {
    const isAnswered = status < 300
    this.#ended(isAnswered ? 'answered' : status === 429 || status === 503 ? 'sent away' : 'refused')
    if (isAnswered) this.#inRhythm()
    else this.#plan(performance.now() + (retryAfterSeconds === undefined ? RETRY_MS : retryAfterSeconds * 1000))
  }

  #lost(): void {
    this.#connection = undefined
    this.#ended('cut off')
    this.#plan(performance.now() + RETRY_MS)
  }

  #ended(outcome: Attempt['outcome']): void {
    const { nodeId } = this.#rhythm
    if (this.#dueMs !== undefined) this.#note({ nodeId, dueMs: this.#dueMs, endMs: performance.now(), outcome })
    this.#dueMs = undefined
  }
}

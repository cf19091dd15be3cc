/** One answer, as far as a load generator looks at it. Its body is a view of what was received: read it before reading on. */
export interface Answer {
  readonly status: number
  readonly body: Buffer
  /** When whoever was sent away is to ask again. */
  readonly retryAfterSeconds?: number
}

const NOTHING = Buffer.alloc(0)

/**
 * Takes bytes as they come and gives answers when they are whole. Throws at what is no answer, or one whose end cannot be
 * told: a load that misreads where an answer ends measures nothing.
 */
export class AnswerReader {
  #waiting: Buffer = NOTHING

  push(bytes: Uint8Array): readonly Answer[] {
    const fresh = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#waiting = this.#waiting.length === 0 ? fresh : Buffer.concat([this.#waiting, fresh])
    const answers: Answer[] = []
    for (let answer = this.#next(); answer; answer = this.#next()) answers.push(answer)
    // The socket may use its memory again, so only what is left over is copied.
    this.#waiting = this.#waiting.length === 0 ? NOTHING : Buffer.from(this.#waiting)
    return answers
  }

  #next(): Answer | undefined {
    const headEnd = this.#waiting.indexOf('\r\n\r\n')
    if (headEnd < 0) return undefined
    const head = this.#waiting.toString('latin1', 0, headEnd).toLowerCase()
    const status = Number(/^http\/1\.[01] (\d{3})\b/.exec(head)?.[1])
    if (Number.isNaN(status)) throw new Error(`no answer of HTTP/1.1: ${head.slice(0, 80)}`)
    const bodyAt = headEnd + 4
    if (status === 204 || status === 304) return this.#take({ status }, NOTHING, bodyAt)
    const said = status < 400 ? { status } : { status, ...retryAfterIn(head) }
    if (/\ntransfer-encoding:[^\r]*chunked/.test(head)) return this.#chunked(said, bodyAt)
    const length = /\ncontent-length: *(\d+)/.exec(head)?.[1]
    if (length === undefined) throw new Error(`an answer ${status} whose length is not said`)
    const end = bodyAt + Number(length)
    return this.#waiting.length < end ? undefined : this.#take(said, this.#waiting.subarray(bodyAt, end), end)
  }

  #chunked(said: Said, bodyAt: number): Answer | undefined {
    const pieces: Buffer[] = []
    for (let at = bodyAt; ; ) {
      const lineEnd = this.#waiting.indexOf('\r\n', at)
      if (lineEnd < 0) return undefined
      const sizeBytes = Number.parseInt(this.#waiting.toString('latin1', at, lineEnd), 16)
      if (Number.isNaN(sizeBytes)) throw new Error('a chunk whose size is not said')
      const end = lineEnd + 2 + sizeBytes + 2
      if (this.#waiting.length < end) return undefined
      if (sizeBytes === 0) return this.#take(said, Buffer.concat(pieces), end)
      pieces.push(this.#waiting.subarray(lineEnd + 2, end - 2))
      at = end
    }
  }

  #take(said: Said, body: Buffer, end: number): Answer {
    this.#waiting = this.#waiting.subarray(end)
    return { ...said, body }
  }
}

type Said = Omit<Answer, 'body'>

function retryAfterIn(head: string): Pick<Answer, 'retryAfterSeconds'> {
  const seconds = /\nretry-after: *(\d+)/.exec(head)?.[1]
  return seconds === undefined ? {} : { retryAfterSeconds: Number(seconds) }
}

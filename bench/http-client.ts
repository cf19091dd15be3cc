/** One answer, as far as a load generator looks at it. */
export interface Answer {
  readonly status: number
  readonly body: string
}

const HEAD_END = Buffer.from('\r\n\r\n')

/** Takes bytes as they come and gives answers when they are whole. Reads what is framed by a length or in chunks. */
export class AnswerReader {
  #waiting = Buffer.alloc(0)

  push(bytes: Uint8Array): readonly Answer[] {
    this.#waiting = this.#waiting.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#waiting, bytes])
    const answers: Answer[] = []
    for (let answer = this.#next(); answer; answer = this.#next()) answers.push(answer)
    return answers
  }

  #next(): Answer | undefined {
    const headEnd = this.#waiting.indexOf(HEAD_END)
    if (headEnd < 0) return undefined
    const head = this.#waiting.toString('latin1', 0, headEnd).toLowerCase()
    const status = Number(head.slice(9, 12))
    const bodyAt = headEnd + HEAD_END.length
    const length = /\ncontent-length: *(\d+)/.exec(head)?.[1]
    if (length === undefined && !head.includes('transfer-encoding: chunked')) return this.#take(status, '', bodyAt)
    if (length === undefined) return this.#chunked(status, bodyAt)
    const end = bodyAt + Number(length)
    return this.#waiting.length < end ? undefined : this.#take(status, this.#waiting.toString('utf8', bodyAt, end), end)
  }

  #chunked(status: number, bodyAt: number): Answer | undefined {
    let body = ''
    for (let at = bodyAt; ; ) {
      const lineEnd = this.#waiting.indexOf('\r\n', at)
      if (lineEnd < 0) return undefined
      const size = Number.parseInt(this.#waiting.toString('latin1', at, lineEnd), 16)
      const end = lineEnd + 2 + size + 2
      if (this.#waiting.length < end) return undefined
      if (size === 0) return this.#take(status, body, end)
      body += this.#waiting.toString('utf8', lineEnd + 2, end - 2)
      at = end
    }
  }

  #take(status: number, body: string, end: number): Answer {
    this.#waiting = this.#waiting.subarray(end)
    return { status, body }
  }
}

import { type Answer, AnswerReader } from './http-client.ts'

/** Whoever talks over a connection: is told when it is open, of each answer, and of whatever goes wrong. */
export interface Talker {
  opened(connection: Connection): void
  answered(answer: Answer, connection: Connection): void
  failed(why: string): void
}

/** One keep-alive connection of plain HTTP/1.1. The runtime's `fetch` costs more than what is measured with it. */
export class Connection {
  /** Settles when the connection has closed, whoever closed it. */
  readonly closed: Promise<void>
  readonly #talker: Talker
  readonly #reader = new AnswerReader()
  readonly #settle: () => void
  #socket: Bun.Socket | undefined
  #unsent: Buffer = Buffer.alloc(0)
  #ending = false

  constructor(url: URL, talker: Talker) {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.closed = promise
    this.#settle = resolve
    this.#talker = talker
    void this.#connect(url)
  }

  send(bytes: Buffer): void {
    this.#unsent = bytes
    this.#flush()
  }

  end(): void {
    this.#ending = true
    this.#socket?.end()
    if (!this.#socket) this.#settle()
  }

  async #connect({ hostname, port }: URL): Promise<void> {
    try {
      await Bun.connect({
        hostname,
        port: Number(port || 80),
        socket: {
          open: (socket) => {
            this.#socket = socket
            if (this.#ending) return void socket.end()
            this.#talker.opened(this)
          },
          data: (_, bytes) => this.#received(bytes),
          drain: () => this.#flush(),
          close: () => this.#lost('the connection was closed'),
          error: (_, error) => this.#lost(String(error)),
        },
      })
    } catch (error) {
      this.#lost(String(error))
    }
  }

  /** A socket takes what it has room for. */
  #flush(): void {
    const taken = this.#unsent.length > 0 ? (this.#socket?.write(this.#unsent) ?? 0) : 0
    this.#unsent = this.#unsent.subarray(Math.max(0, taken))
  }

  #received(bytes: Uint8Array): void {
    try {
      for (const answer of this.#reader.push(bytes)) this.#talker.answered(answer, this)
    } catch (error) {
      this.#lost(String(error))
      this.#socket?.end()
    }
  }

  #lost(why: string): void {
    if (!this.#ending) this.#talker.failed(why)
    this.#ending = true
    this.#settle()
  }
}

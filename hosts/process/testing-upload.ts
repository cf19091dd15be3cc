import { connect, type Socket } from 'node:net'

export interface Upload {
  readonly url: string
  readonly token: string
  readonly sizeBytes: number
  readonly headers?: Readonly<Record<string, string>>
  readonly method?: 'PUT' | 'POST'
}

/** An upload by hand, piece by piece, at the pace of whoever takes it in. It may break off anywhere. */
export class RawUpload {
  readonly #socket: Socket
  readonly #heard: Promise<string>

  constructor(path: string, { url, token, sizeBytes, headers = {}, method = 'PUT' }: Upload) {
    const { hostname, port } = new URL(url)
    this.#socket = connect(Number(port), hostname)
    this.#heard = everything(this.#socket)
    // Nobody waits for the answer to what was broken off, nor is it an error that there is nobody to send to any more.
    this.#heard.catch(() => {})
    this.#socket.on('error', () => {})
    const head = {
      host: hostname,
      authorization: `Bearer ${token}`,
      'content-type': 'audio/wav',
      'content-length': `${sizeBytes}`,
      connection: 'close',
      ...headers,
    }
    const lines = [
      `${method} /api/v1${path} HTTP/1.1`,
      ...Object.entries(head).map(([name, said]) => `${name}: ${said}`),
    ]
    this.#socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  }

  /** Settles when there is room for more. */
  async send(bytes: Uint8Array): Promise<void> {
    if (this.#socket.write(bytes)) return
    const drained = new Promise((resolve) => this.#socket.once('drain', resolve))
    await Promise.race([drained, this.#heard])
  }

  cut(): void {
    this.#socket.destroy()
  }

  /** All that was answered, head and body. */
  answer(): Promise<string> {
    return this.#heard
  }
}

async function everything(socket: Socket): Promise<string> {
  let heard = ''
  for await (const chunk of socket) heard += String(chunk)
  return heard
}

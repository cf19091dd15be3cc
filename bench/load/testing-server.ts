import { afterEach } from 'bun:test'

export const answer = (body: string, status = 202) =>
  `HTTP/1.1 ${status} Said\r\ncontent-length: ${body.length}\r\n\r\n${body}`
/** What the yardstick says. */
export const whole = answer(JSON.stringify({ data: { id: 'yardstick' } }))
export const bodyBytes = whole.split('\r\n\r\n')[1]?.length ?? 0

export interface Speaker {
  write(text: string): number
  end(text?: string): unknown
}

let server: Bun.TCPSocketListener | undefined
export const close = () => server?.stop(true)
afterEach(close)

/** Says the same to whatever comes, and remembers what came. */
export function serverThat(answers: (socket: Speaker, heard: string) => void) {
  let heard = ''
  server = Bun.listen({
    hostname: '127.0.0.1',
    port: 0,
    socket: {
      data(socket, bytes) {
        const said = bytes.toString()
        heard += said
        answers(socket, said)
      },
    },
  })
  return { url: `http://127.0.0.1:${server.port}`, heard: () => heard }
}

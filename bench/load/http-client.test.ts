import { describe, expect, test } from 'bun:test'
import { AnswerReader } from './http-client.ts'

const bytes = Buffer.from(
  'HTTP/1.1 202 Accepted\r\nContent-Length: 5\r\n\r\nh\u00e9y!' +
    'HTTP/1.1 204 No Content\r\n\r\n' +
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n' +
    'HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n' +
    'HTTP/1.1 503 No\r\nRetry-After: 7\r\ncontent-length: 0\r\n\r\n',
)
const expected = [
  { status: 202, body: 'h\u00e9y!' },
  { status: 204, body: '' },
  { status: 200, body: 'abcde' },
  { status: 503, body: '' },
  { status: 503, body: '', retryAfterSeconds: 7 },
]

describe('what is read', () => {
  test.each([1, 2, 3, 7, 50, 1000])(
    'answers on one connection come out whole when bytes come in pieces of %p',
    (size) => {
      const reader = new AnswerReader()
      const answers = []
      // As a socket does, the same memory is used for each piece.
      const piece = Buffer.alloc(size)
      for (let at = 0; at < bytes.length; at += size) {
        const length = bytes.copy(piece, 0, at, at + size)
        for (const { body, ...said } of reader.push(piece.subarray(0, length)))
          answers.push({ ...said, body: body.toString() })
      }
      expect(answers).toEqual(expected)
    },
  )

  test('every place to cut in two gives the same', () => {
    for (let cut = 0; cut <= bytes.length; cut++) {
      const reader = new AnswerReader()
      const answers = [bytes.subarray(0, cut), bytes.subarray(cut)].flatMap((each) => [...reader.push(each)])
      expect(answers.map(({ body, ...said }) => ({ ...said, body: body.toString() }))).toEqual(expected)
    }
  })

  test('half an answer is none', () => {
    expect(new AnswerReader().push(bytes.subarray(0, 40))).toEqual([])
  })

  test.each([
    ['no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n\r\n'],
    ['an answer whose end cannot be told', 'HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nabc'],
    ['a chunk without a size', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n'],
  ])('%s is refused', (_, text) => {
    expect(() => new AnswerReader().push(Buffer.from(text))).toThrow()
  })
})

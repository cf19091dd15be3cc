import { describe, expect, test } from 'bun:test'
import { ArkErrors } from 'arktype'
import { meterFrame as frameSchema } from '../adapters/http/meter-schemas.ts'
import { heartbeat as heartbeatSchema } from '../adapters/http/node-schemas.ts'
import { AnswerReader } from './http-client.ts'
import { heartbeat, meterFrame, requestsFor } from './payloads.ts'
import { cpuOf } from './process.ts'
import { median, percentile, seeded, spreadOf } from './statistics.ts'

describe('what is sent', () => {
  const nodeId = 'node_00000000-0000-4000-8000-000000000000'
  test.each([
    ['a heartbeat', { nodeId, ...heartbeat(nodeId, 3) }, heartbeatSchema, 1000],
    ['a frame', meterFrame(nodeId, 3), frameSchema, 3000],
  ])('%s is valid, and as large as it is said to be', (_, body, schema, bytes) => {
    expect((schema as (data: unknown) => unknown)(body)).not.toBeInstanceOf(ArkErrors)
    expect(Math.abs(JSON.stringify(body).length - bytes)).toBeLessThan(bytes * 0.15)
  })

  test('no two frames are alike, and each run sends the same', () => {
    const bodies = requestsFor('frame', { nodeId, token: 't' }, 'localhost').map(String)
    expect(new Set(bodies).size).toBe(bodies.length)
    expect(requestsFor('frame', { nodeId, token: 't' }, 'localhost').map(String)).toEqual(bodies)
  })
})

describe('what is read', () => {
  const bytes = Buffer.from(
    'HTTP/1.1 202 Accepted\r\nContent-Length: 5\r\n\r\nh\u00e9y!HTTP/1.1 204 No Content\r\n\r\n' +
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\nHTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n',
  )
  const expected = [
    { status: 202, body: 'h\u00e9y!' },
    { status: 204, body: '' },
    { status: 200, body: 'abcde' },
    { status: 503, body: '' },
  ]
  test.each([1, 2, 3, 7, 50, 1000])('answers come out whole when bytes come in pieces of %p', (size) => {
    const reader = new AnswerReader()
    const answers = []
    for (let at = 0; at < bytes.length; at += size) answers.push(...reader.push(bytes.subarray(at, at + size)))
    expect(answers).toEqual(expected)
  })

  test('half an answer is none', () => {
    expect(new AnswerReader().push(bytes.subarray(0, 40))).toEqual([])
  })
})

describe('what is counted', () => {
  test('medians, percentiles and spreads', () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5])
    expect([percentile([1, 2, 3, 4], 0.5), percentile([1, 2, 3, 4], 0.99)]).toEqual([2, 4])
    expect(spreadOf([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 })
    const [a, b] = [seeded(7), seeded(7)]
    expect([a(), a(), a()]).toEqual([b(), b(), b()])
  })

  test('the CPU of this very process is more after work than before', () => {
    const before = cpuOf(process.pid).own
    let sum = 0
    for (let i = 0; i < 100_000_000; i++) sum += i % 7
    expect(sum).toBeGreaterThan(0)
    expect(cpuOf(process.pid).own).toBeGreaterThan(before)
  })
})

import { describe, expect, test } from 'bun:test'
import { ArkErrors } from 'arktype'
import { meterFrame as frameSchema } from '../adapters/http/meter-schemas.ts'
import { heartbeat as heartbeatSchema } from '../adapters/http/node-schemas.ts'
import { isAnswered } from './load/check.ts'
import { heartbeat, meterFrame, variants } from './payloads.ts'
import { requestsFor, type Target } from './workloads.ts'

const nodeId = 'node_00000000-0000-4000-8000-000000000000'
const target: Target = { nodeId, token: 'a token' }
const all = Array.from({ length: variants }, (_, variant) => variant)

describe('what is sent', () => {
  test.each(all)('heartbeat %p is valid, and about 1.0 KB', (variant) => {
    const body = heartbeat(nodeId, variant)
    expect(heartbeatSchema({ nodeId, ...body })).not.toBeInstanceOf(ArkErrors)
    expect(Math.abs(JSON.stringify(body).length - 1000)).toBeLessThan(100)
  })

  test.each(all)('frame %p is valid, measures all there is, and is about 3.0 KB', (variant) => {
    const body = meterFrame(nodeId, variant)
    expect(frameSchema(body)).not.toBeInstanceOf(ArkErrors)
    expect(body.levels.map(({ quality }) => Object.keys(quality).length)).toEqual(Array(8).fill(11))
    expect(Math.abs(JSON.stringify(body).length - 3000)).toBeLessThan(300)
  })

  test.each(all)('frame %p of 32 channels is valid, and about 12 KB', (variant) => {
    const body = meterFrame(nodeId, variant, 32)
    expect(frameSchema(body)).not.toBeInstanceOf(ArkErrors)
    expect(Math.abs(JSON.stringify(body).length - 12_000)).toBeLessThan(600)
  })

  test('no two frames are alike, whoever sends them, and each run sends the same', () => {
    const fleet = Array.from({ length: 50 }, (_, i) => `node_${i}`)
    const levels = () => fleet.flatMap((id) => all.map((variant) => JSON.stringify(meterFrame(id, variant).levels)))
    expect(new Set(levels()).size).toBe(fleet.length * variants)
    expect(levels()).toEqual(levels())
  })

  test('what is sent is what was made: nothing in a frame is lost on its way through JSON', () => {
    // This node's first frame has a peak that rounds to nothing.
    for (const id of [
      'node_833f8347-f604-4ebb-8d8d-6e74a0d880d5',
      ...Array.from({ length: 200 }, (_, i) => `node_${i}`),
    ]) {
      for (const variant of all) {
        const frame = meterFrame(id, variant)
        expect(Bun.deepEquals(JSON.parse(JSON.stringify(frame)), frame)).toBe(true)
      }
    }
  })

  test('a request says how long it is', () => {
    for (const request of requestsFor('heartbeat', target, 'localhost:1')) {
      const [head = '', body = ''] = request.toString().split('\r\n\r\n')
      expect(head).toStartWith(`POST /api/v1/nodes/${nodeId}/heartbeat HTTP/1.1\r\nhost: localhost:1\r\n`)
      expect(head).toContain(`content-length: ${Buffer.byteLength(body)}`)
      expect(head).toContain('authorization: Bearer a token')
    }
  })
})

describe('what is answered', () => {
  const node = { id: nodeId, status: 'online', interfaces: [{ channels: Array(8).fill({}) }] }
  const frame = { frame: meterFrame(nodeId, 3), receivedAt: '2026-01-05T09:00:00.000Z' }

  test('a heartbeat is answered with the node itself', () => {
    expect(isAnswered('heartbeat', nodeId, 3, node)).toBe(true)
    expect(isAnswered('heartbeat', 'node_other', 3, node)).toBe(false)
    expect(isAnswered('heartbeat', nodeId, 3, { ...node, interfaces: [] })).toBe(false)
  })

  test('a frame is answered with the very frame that was sent', () => {
    expect(isAnswered('frame', nodeId, 3, frame)).toBe(true)
    expect(isAnswered('frame', nodeId, 4, frame)).toBe(false)
    expect(isAnswered('frame', 'node_other', 3, frame)).toBe(false)
  })

  test('a page holds whom the asker may see, and nobody twice', () => {
    const at = (id: string, site: string) => ({ id, location: { site } })
    const page = [at('a', 'South'), at('b', 'North')]
    expect(isAnswered('nodes', '', 0, page)).toBe(true)
    expect(isAnswered('nodes', '', 0, [...page, at('a', 'South')])).toBe(false)
    expect(isAnswered('nodes', '', 0, [])).toBe(false)
    expect(isAnswered('scopedNodes', '', 0, page)).toBe(false)
    expect(isAnswered('scopedNodes', '', 0, page.slice(0, 1))).toBe(true)
  })

  test.each(['heartbeat', 'frame'] as const)('nothing is no answer to a %s', (workload) => {
    expect(isAnswered(workload, nodeId, 0, {})).toBe(false)
    expect(isAnswered(workload, nodeId, 0, undefined)).toBe(false)
  })
})

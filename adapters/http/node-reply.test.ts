import { expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Presence, Said } from '../../core/nodes/presence.ts'
import type { PresentNode } from '../../core/ports/stores.ts'
import { nodeJson, nodeReply, nodesJson } from './node-reply.ts'

const text = fc.string({ unit: 'binary' })
const said: fc.Arbitrary<Said> = fc.record(
  {
    status: fc.constantFrom('online', 'degraded'),
    agentVersion: text,
    hostname: text,
    ipAddresses: fc.array(text, { maxLength: 2 }),
    runtime: fc.record(
      { osName: text, audioBackends: fc.subarray(['alsa', 'jack']) },
      { requiredKeys: ['audioBackends'] },
    ),
  },
  { requiredKeys: ['status', 'agentVersion', 'hostname', 'ipAddresses'] },
)
const uptime = fc.option(fc.oneof(fc.nat(), fc.constantFrom(1e21, Number.MAX_VALUE)), { nil: undefined })
const node = { id: 'node_1', alias: 'A', site: 's', room: 'r', tags: [], interfaces: [], createdAt: 0, version: 1 }

/** Heard so many times, and saying the same. */
const heard = fc.tuple(said, fc.array(uptime, { minLength: 1, maxLength: 3 })).map(([said, uptimes]) =>
  uptimes.map((uptimeSeconds, at): PresentNode => {
    const presence = { nodeId: 'node_1', said, ...(uptimeSeconds !== undefined && { uptimeSeconds }), lastSeenAt: at }
    return { node: node as never, presence: presence as Presence }
  }),
)

test('a node that is written in parts reads like one that is written whole, each time that it is heard', () => {
  fc.assert(
    fc.property(heard, (nodes) => {
      const whole = (value: unknown) => JSON.parse(JSON.stringify(value))
      for (const each of nodes) expect(JSON.parse(nodeJson(each))).toEqual(whole({ data: nodeReply(each) }))
      expect(JSON.parse(nodesJson(nodes, { total: 1 }))).toEqual(
        whole({ data: nodes.map(nodeReply), meta: { total: 1 } }),
      )
    }),
  )
})

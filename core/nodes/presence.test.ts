import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { NodeId } from '../ids.ts'
import { backends } from './node.ts'
import { type Heartbeat, hear, IP_ADDRESSES_MAX, type Presence, type Runtime, statuses } from './presence.ts'

const word = fc.constantFrom('a', 'b')
const runtime: fc.Arbitrary<Runtime> = fc.record(
  {
    architecture: word,
    kernelRelease: word,
    osName: word,
    uptimeSeconds: fc.nat(3),
    audioBackends: fc.array(fc.constantFrom(...backends), { maxLength: 2 }),
  },
  { requiredKeys: ['audioBackends'] },
)
const beat: fc.Arbitrary<Heartbeat> = fc.record(
  {
    agentVersion: word,
    hostname: word,
    ipAddresses: fc.array(word, { maxLength: IP_ADDRESSES_MAX + 2 }),
    runtime,
    status: fc.constantFrom(...statuses),
  },
  { requiredKeys: ['agentVersion', 'hostname'] },
)
const enrolled: Presence = {
  nodeId: 'node_1' as NodeId,
  said: { status: 'provisioning', agentVersion: '', hostname: '', ipAddresses: [] },
  lastSeenAt: 0,
}

describe('a heartbeat', () => {
  test('leaves nothing that is not known of a runtime, whatever it says', () => {
    const runtime = { audioBackends: ['alsa'], osName: 'a', uptimeSeconds: 1, junk: 'x' } as const
    const { said } = hear(enrolled, { agentVersion: '1', hostname: 'h', runtime }, 1)
    expect(said.runtime).toEqual({ audioBackends: ['alsa'], osName: 'a' })
  })

  test('is what is known of the node from then on; a runtime that it does not name stays as it was', () => {
    fc.assert(
      fc.property(fc.array(beat, { minLength: 1, maxLength: 5 }), (beats) => {
        const heard = beats.reduce<Presence>((last, each, at) => hear(last, each, at), enrolled)
        const { agentVersion, hostname, ipAddresses = [], status = 'online' } = beats.at(-1) as Heartbeat
        const told = beats.findLast((each) => each.runtime)?.runtime
        const { uptimeSeconds, ...runtime } = told ?? {}
        expect(heard).toEqual({
          nodeId: enrolled.nodeId,
          said: {
            status: ['provisioning', 'offline'].includes(status) ? 'online' : status,
            agentVersion,
            hostname,
            ipAddresses: ipAddresses.slice(0, IP_ADDRESSES_MAX),
            ...(told && { runtime: runtime as Runtime }),
          },
          ...(uptimeSeconds !== undefined && { uptimeSeconds }),
          lastSeenAt: beats.length - 1,
        })
      }),
    )
  })

  test('that says again what was said is no change, and keeps what was there; having run longer is none either', () => {
    fc.assert(
      fc.property(beat, fc.nat(3), (said, uptimeSeconds) => {
        const first = hear(enrolled, said, 1)
        const longer = said.runtime && { runtime: { ...said.runtime, uptimeSeconds } }
        const second = hear(first, { ...structuredClone(said), ...longer }, 2)
        expect(second.said).toBe(first.said)
        expect(second.uptimeSeconds).toBe(longer ? uptimeSeconds : first.uptimeSeconds)
      }),
    )
  })

  test('leaves what was said before as it was, and puts another in its place only where another was said', () => {
    fc.assert(
      fc.property(beat, beat, (one, other) => {
        const first = hear(enrolled, one, 1)
        const before = structuredClone(first)
        const second = hear(first, other, 2)
        const heardAlone = hear({ ...first, said: { ...first.said, hostname: '?' } }, other, 2)
        expect(second.said).toEqual(heardAlone.said)
        expect(second.said === first.said).toBe(Bun.deepEquals(heardAlone.said, first.said))
        expect(first).toEqual(before)
      }),
    )
  })
})

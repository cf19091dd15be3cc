import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { InterfaceId, RoomId } from '../ids.ts'
import { type ReportedInterface, reconcile } from './inventory.ts'
import type { Interface } from './node.ts'

let next = 0
const newId = () => `if-${next++}` as InterfaceId
const desk: ReportedInterface = {
  alias: 'Agent says',
  systemName: 'USB Desk',
  systemRef: 'alsa:hw:1,0',
  backend: 'alsa',
  channelCount: 2,
  sampleRates: [48000],
}
const known = (more: Partial<Interface> = {}): Interface => ({
  id: 'known' as InterfaceId,
  alias: 'Operator says',
  systemName: 'USB Desk',
  systemRef: 'alsa:hw:1,0',
  backend: 'alsa',
  channelCount: 2,
  channels: [
    { index: 1, alias: 'Lectern', roomId: 'room' as RoomId },
    { index: 2, alias: 'Floor' },
  ],
  sampleRates: [48000],
  ...more,
})

describe('an inventory', () => {
  test('what is reported as it was known changes nothing', () => {
    const before = [known()]
    const { interfaces, changed, summary } = reconcile(before, [desk], newId)
    expect([changed, summary.unchanged, interfaces[0] === before[0]]).toEqual([false, 1, true])
  })

  test('facts are the agent`s; names and rooms are the operator`s', () => {
    const { interfaces, summary } = reconcile([known()], [{ ...desk, channelCount: 3, serialNumber: 'S-9' }], newId)
    expect(summary.updated).toEqual(['USB Desk'])
    expect(interfaces[0]).toMatchObject({ id: 'known', alias: 'Operator says', channelCount: 3, serialNumber: 'S-9' })
    expect(interfaces[0]?.channels).toEqual([...known().channels, { index: 3, alias: 'Channel 3' }])
  })

  test('what is gone stays as absent, and comes back as itself', () => {
    const gone = reconcile([known()], [], newId)
    expect([gone.summary.absent, gone.interfaces[0]?.absent]).toEqual([['USB Desk'], true])
    expect(reconcile(gone.interfaces, [], newId).changed).toBe(false)
    const back = reconcile(gone.interfaces, [desk], newId)
    expect([back.summary.reactivated, back.interfaces]).toEqual([['USB Desk'], [known()]])
  })

  test('two devices of one name do not take turns', () => {
    const twice = [
      { ...desk, serialNumber: 'a' },
      { ...desk, serialNumber: 'b' },
    ]
    const first = reconcile([], twice, newId)
    expect(first.summary.added).toHaveLength(2)
    expect(reconcile(first.interfaces, twice, newId).changed).toBe(false)
  })

  test('saying it again changes nothing, whatever was said', () => {
    const reported = fc.record(
      {
        id: fc.constantFrom('x', 'y'),
        alias: fc.string(),
        systemName: fc.constantFrom('a', 'b', 'c'),
        systemRef: fc.constantFrom('a', ' b '),
        channelCount: fc.integer({ min: 0, max: 4 }),
        channels: fc.array(fc.record({ index: fc.integer({ min: 1, max: 6 }), alias: fc.string() })),
        sampleRates: fc.array(fc.constantFrom(44100, 48000)),
        serialNumber: fc.string(),
      },
      { requiredKeys: ['alias', 'systemName', 'channelCount'] },
    )
    const report = fc.array(reported, { maxLength: 5 })
    fc.assert(
      fc.property(report, report, (one, two) => {
        const first = reconcile([], one, newId)
        const second = reconcile(first.interfaces, two, newId)
        const again = reconcile(second.interfaces, two, newId)
        expect(again.changed).toBe(false)
        expect(again.interfaces).toEqual(second.interfaces)
        // Nothing that was ever there is lost, and no id changes hands.
        expect(second.interfaces.slice(0, first.interfaces.length).map(({ id }) => id)).toEqual(
          first.interfaces.map(({ id }) => id),
        )
      }),
      { numRuns: 500 },
    )
  })
})

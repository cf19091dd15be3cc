import { expect, test } from 'bun:test'
import { aNode } from '../../adapters/storage/conformance/builders.ts'
import type { Interface, Node } from './node.ts'
import { savedNode } from './saving.ts'

const desk = { ...aNode().interfaces[0], id: 'desk', channels: [{ index: 1, alias: 'a' }] } as unknown as Interface
const before: Node = { ...aNode(), site: 'North', roomId: 'room_1' as never, interfaces: [desk] }
const withDesk = (change: object): Node => ({ ...before, interfaces: [{ ...desk, ...change } as Interface] })

test.each([
  ['another name', { ...before, alias: 'another', notes: 'n', tags: ['t'] }],
  ['another serial number', withDesk({ serialNumber: '2', sampleRates: [8000] })],
  ['an interface that is absent', withDesk({ absent: true })],
  ['another name of a channel', withDesk({ channels: [{ index: 1, alias: 'b' }] })],
])('%s takes nothing from anyone', (_, after) => {
  expect(savedNode(before, after)).toEqual({ nodes: [after], unmoved: [before.id] })
})

test.each([
  ['another site', { ...before, site: 'South' }],
  ['another room', { ...before, roomId: 'room_2' as never }],
  ['no room', { ...before, roomId: undefined as never }],
  ['an interface less', { ...before, interfaces: [] }],
  ['another interface', withDesk({ id: 'other' })],
  ['a channel in a room of its own', withDesk({ channels: [{ index: 1, alias: 'a', roomId: 'room_2' }] })],
  ['a channel less', withDesk({ channels: [] })],
])('%s may', (_, after) => {
  expect(savedNode(before, after)).toEqual({ nodes: [after] })
})

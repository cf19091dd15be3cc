import { expect, test } from 'bun:test'
import { type CpuProfile, costs, NATIVE, roomOf, table } from './table.ts'

const frame = (functionName: string, url: string, lineNumber = 0) => ({ functionName, url, lineNumber })
const profile: CpuProfile = {
  nodes: [
    { id: 1, callFrame: frame('(root)', '') },
    { id: 2, callFrame: frame('perform', 'file:///somewhere/core/perform.ts', 22) },
    { id: 3, callFrame: frame('', '/somewhere/node_modules/drizzle-orm/utils.js', 9) },
    { id: 4, callFrame: frame('stringify', '') },
  ],
  samples: [2, 2, 1, 3, 2, 4],
  timeDeltas: [9_000_000, 9_000_000, 400_000, 100_000, 300_000, 200_000],
}

test('the last second is counted by function, and what came before it is not', () => {
  expect(costs(profile, 1)).toEqual([
    { name: NATIVE, us: 400_000 },
    { name: 'perform  core/perform.ts:23', us: 300_000 },
    { name: 'stringify, built in', us: 200_000 },
    { name: '(anonymous)  drizzle-orm/utils.js:10', us: 100_000 },
  ])
})

test.each([
  ['handle  adapters/http/handler.ts:1', 'adapters/http'],
  ['perform  core/perform.ts:23', 'core'],
  ['decode  @elysiajs/jwt/dist/index.js:3', '@elysiajs/jwt'],
  ['execute  postgres/src/connection.js:156', 'postgres'],
  ['_write  node:net:1694', "the runtime's modules"],
])('%s stands in %s', (name, room) => expect(roomOf(name)).toBe(room))

test('of a thousand requests each has its share', () => {
  const lines = table(costs(profile, 1), 1000).split('\n')
  expect(lines).toContain('   300.00  core')
  expect(lines).toContain('   300.00  perform  core/perform.ts:23')
})

import { describe, expect, test } from 'bun:test'
import { Stage } from '../stage/stage.ts'
import { underKills } from './kills.ts'
import { broken, type Tables } from './tables.ts'
import type { Acknowledged } from './witness.ts'

/** `npm run soak:kills` does more of the same. */
test('host and database are killed under full load, and every heartbeat and claim that was acknowledged is there', async () => {
  const seed = Date.now() % 1_000_000
  console.log(`the kills come by seed ${seed}`)
  const stage = new Stage({ PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' })
  const { beats, claims, between, wrong } = await underKills(2, seed, stage).finally(() => stage.clear())
  console.log(`${beats} heartbeats and ${claims} claims acknowledged`)
  expect(wrong).toEqual([])
  expect(between.length).toBe(3)
  expect(Math.min(beats, claims)).toBeGreaterThan(0)
}, 120_000)

describe('what was acknowledged', () => {
  const at = '2026-01-05T09:00:00.000Z'
  const later = '2026-01-05T09:00:01.000Z'
  const said: Acknowledged = {
    beats: new Map([['node_1', { count: 2, lastSeenAt: at }]]),
    claims: [{ jobId: 'job_1', nodeId: 'node_1' }],
    faults: [],
  }
  const kept = { entries: 2, lastSeenAt: at }
  const held = { claimedBy: 'node_1', entries: 1 }
  const tables = (beat: Partial<typeof kept> = {}, claim: Partial<typeof held> = {}): Tables => ({
    beats: new Map([['node_1', { ...kept, ...beat }]]),
    claims: new Map([['job_1', { ...held, ...claim }]]),
  })

  test('and is there is well; and so is more, whose answer was lost', () => {
    expect(broken(said, tables())).toEqual([])
    expect(broken(said, tables({ entries: 3, lastSeenAt: later }))).toEqual([])
  })

  test.each([
    ['a beat that the audit has not', tables({ entries: 1 }), '2 beats acknowledged, 1 in the audit'],
    ['a node that was seen later than is known', tables({ lastSeenAt: '2026-01-05T08:59:59.999Z' }), 'seen at'],
    ['a node that is not known', { ...tables(), beats: new Map() }, 'never seen'],
    ['a job that nobody holds', { ...tables(), claims: new Map() }, 'held by nobody'],
    ['a job that another one holds', tables({}, { claimedBy: 'node_2' }), 'held by node_2'],
    ['a claim that the audit has not', tables({}, { entries: 0 }), '0 times in the audit'],
    ['a claim that the audit has twice', tables({}, { entries: 2 }), '2 times in the audit'],
  ])('%s is told', (_, tables, told) => {
    expect(broken(said, tables).join()).toContain(told)
  })

  test('twice, and what no kill excuses, is told', () => {
    expect(broken({ ...said, claims: [...said.claims, ...said.claims] }, tables()).at(-1)).toBe(
      '1 jobs were given twice',
    )
    expect(broken({ ...said, faults: ['500 to a beat'] }, tables())).toEqual(['500 to a beat'])
  })
})

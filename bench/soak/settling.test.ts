import { describe, expect, test } from 'bun:test'
import type { Attempt } from './recorder.ts'
import { falselyOffline, secondsOf, settledAfter } from './settling.ts'

const BROKEN_MS = 10_000
/** A round of the fleet in five seconds; the storm is watched for thirty. */
const storm = { brokenMs: BROKEN_MS, endMs: BROKEN_MS + 30_000, everyMs: 5_000, p99MsMax: 25 }

const attempt = (second: number, latencyMs: number, outcome: Attempt['outcome'] = 'answered', node = 0): Attempt => {
  const dueMs = BROKEN_MS + second * 1000 + node
  return { nodeId: `node_${node}`, dueMs, endMs: dueMs + latencyMs, outcome }
}
/** A hundred requests each second, with a latency that depends on the second. */
const attempts = (latencyMs: (second: number) => number) =>
  Array.from({ length: 30 }, (_, second) =>
    Array.from({ length: 100 }, (_, node) => attempt(second, latencyMs(second), 'answered', node)),
  ).flat()

describe('a storm has settled', () => {
  test('when of all that is due from then on 99 of 100 are answered in time', () => {
    expect(
      settledAfter(
        attempts(() => 3),
        storm,
      ),
    ).toBe(0)
    expect(
      settledAfter(
        attempts((second) => (second < 7 ? 400 : 3)),
        storm,
      ),
    ).toBe(7)
    const late = (many: number) => [...attempts(() => 3), ...Array.from({ length: many }, () => attempt(12, 300))]
    expect(settledAfter(late(30), storm)).toBe(0)
    expect(settledAfter(late(31), storm)).toBe(13)
  })

  test.each(['sent away', 'cut off', 'refused'] as const)('not while anybody is %s', (outcome) => {
    expect(settledAfter([...attempts(() => 3), attempt(9, 1, outcome)], storm)).toBe(10)
  })

  test('not while it is slow again and again, nor when nobody is left to be answered', () => {
    expect(
      settledAfter(
        attempts((second) => (second % 4 === 0 ? 400 : 3)),
        storm,
      ),
    ).toBeUndefined()
    expect(settledAfter([...attempts(() => 3), attempt(29, 1, 'cut off')], storm)).toBeUndefined()
    expect(settledAfter([], storm)).toBeUndefined()
  })

  test('never, when it was not watched for as long as the fleet takes to beat once', () => {
    expect(
      settledAfter(
        attempts(() => 3),
        { ...storm, endMs: BROKEN_MS + 4_000 },
      ),
    ).toBeUndefined()
  })

  test('and a request counts in the second in which it was due, however late it was answered', () => {
    const told = secondsOf([attempt(-1, 5), attempt(2, 9_000), attempt(2, 1, 'sent away')], BROKEN_MS)
    expect(told).toEqual([
      { at: -1, p99Ms: 5, answered: 1, sentAway: 0, cutOff: 0, refused: 0 },
      { at: 2, p99Ms: 9_000, answered: 1, sentAway: 1, cutOff: 0, refused: 0 },
    ])
  })
})

describe('a node that is shown as offline', () => {
  const shown = { nodeId: 'node_0', askedMs: BROKEN_MS + 20_000, answeredMs: BROKEN_MS + 20_100 }
  const falsely = (...beats: readonly Attempt[]) => falselyOffline([shown], beats, 15_000).length

  test('falsely so, when it had beaten in time', () => {
    expect(falsely(attempt(1, 5), attempt(6, 5))).toBe(1)
  })

  test('rightly, when its last beat is too old, was not answered, or was only just under way', () => {
    expect(falsely()).toBe(0)
    expect(falsely(attempt(5, 5))).toBe(0)
    expect(falsely(attempt(12, 5, 'sent away'))).toBe(0)
    expect(falsely(attempt(19.5, 800))).toBe(0)
    expect(falsely({ ...attempt(12, 5), nodeId: 'node_1' })).toBe(0)
  })
})

import { expect, setDefaultTimeout, test } from 'bun:test'
import { calm } from './faults.ts'
import { RunQueue } from './run-queue.ts'
import { stormOf } from './storm.ts'

// Hours pass in a second or two, where the machine has nothing else to do.
setDefaultTimeout(60_000)

test('a queue runs what is due by the moment, and of one moment in the order it was asked for', async () => {
  const queue = new RunQueue(1000)
  const ran: string[] = []
  const at = (ms: number, name: string) => queue.at(ms, () => ran.push(`${queue.nowMs} ${name}`))
  at(1200, 'c')
  at(1100, 'a')
  at(1100, 'b')
  at(500, 'late')
  for (const ms of [1000, 1100, 1150, 1200]) {
    queue.moveTo(ms)
    while (queue.runNext());
  }
  expect(ran).toEqual(['1000 late', '1100 a', '1100 b', '1200 c'])
  queue.moveTo(1)
  expect(queue.nowMs).toBe(1200)
})

test('the same seed gives the same world, and another seed another', async () => {
  const [one, again, other] = [await stormOf({ seed: 7 }), await stormOf({ seed: 7 }), await stormOf({ seed: 8 })]
  expect(again.trace).toBe(one.trace)
  expect(other.trace).not.toBe(one.trace)
})

test('in good weather nothing is amiss', async () => {
  expect(await stormOf({ seed: 1, faults: calm })).toMatchObject({ violations: [], recordings: 18 })
})

// Beside the first few, each that ever went wrong.
test.each([1, 2, 3, 9])(
  'storm %d: everything ends, nothing is claimed twice, and what arrived has no gap',
  async (seed) => {
    const { violations, recordings } = await stormOf({ seed })
    expect(violations).toEqual([])
    expect(recordings).toBeGreaterThan(6)
  },
)

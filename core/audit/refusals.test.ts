import { expect, setDefaultTimeout, test } from 'bun:test'
import fc from 'fast-check'
import type { AuditEntry } from './entry.ts'
import { ABOUT_MAX, REFUSALS_COUNTED_MS, REPEATS_MAX, Refusals } from './refusals.ts'

setDefaultTimeout(30_000)

const start = 1_700_000_000_000

/** As the door does it: counted, or recorded and opened. Tells what is in the trail after it. */
class Trail {
  readonly refusals: Refusals
  readonly entries: AuditEntry[] = []
  #count = 0

  constructor(on = true) {
    this.refusals = new Refusals(on)
  }

  refuse(from: string, about: string, now: number): boolean {
    const entry = {
      id: `${this.#count++}`,
      action: 'a',
      createdAt: now,
      details: { from, about },
    } as never as AuditEntry
    if (this.refusals.counts(entry, { from, about }, now)) return false
    this.entries.push(entry)
    this.refusals.open(entry, { from, about }, now)
    return true
  }

  tell(now: number, all = false): void {
    for (;;) {
      const taken = this.refusals.take(now, 7, all)
      if (taken.length === 0) return
      this.entries.push(...taken)
    }
  }

  /** How many refusals the trail speaks of. */
  get told(): number {
    return this.entries.reduce((sum, { details }) => sum + 1 + Number(details['repeated'] ?? 0), 0)
  }
}

test('of whatever is refused, wherever and whenever, the trail tells each once: in full, or in a count', () => {
  const aStep = fc.record({
    from: fc.constantFrom('here', 'there'),
    about: fc.integer({ min: 0, max: 2 * ABOUT_MAX }).map((n) => `user${n}`),
    times: fc.integer({ min: 1, max: 50 }),
    afterMs: fc.oneof(fc.constant(0), fc.integer({ min: -REFUSALS_COUNTED_MS, max: 2 * REFUSALS_COUNTED_MS })),
    told: fc.boolean(),
    lost: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(aStep, { maxLength: 100 }), (steps) => {
      const trail = new Trail()
      let now = start
      let refused = 0
      for (const { from, about, times, afterMs, told, lost } of steps) {
        now += afterMs
        // Nobody could record it just then.
        if (lost) trail.refusals.putBack(trail.refusals.take(now, 3))
        if (told) trail.tell(now)
        for (let i = 0; i < times; i++) trail.refuse(from, about, now)
        refused += times
      }
      trail.tell(now, true)
      expect(trail.told).toBe(refused)
      expect(new Set(trail.entries.map(({ id }) => id)).size).toBe(trail.entries.length)
      trail.tell(now + REFUSALS_COUNTED_MS)
      expect(trail.told).toBe(refused)
    }),
    { numRuns: 500 },
  )
})

test('the first of each stands at once, and the last once its minute is over', () => {
  const trail = new Trail()
  const refused = ['owner', 'ada', 'owner', 'owner', 'ada', 'owner'].map((about) => trail.refuse('here', about, start))
  expect(refused).toEqual([true, true, false, false, false, false])
  expect(trail.refuse('there', 'owner', start)).toBe(true)
  trail.tell(start + REFUSALS_COUNTED_MS - 1)
  expect(trail.entries).toHaveLength(3)
  trail.tell(start + REFUSALS_COUNTED_MS)
  expect(trail.entries.slice(3).map(({ id, details }) => [id, details['repeated']])).toEqual([
    ['5', 2],
    ['4', undefined],
  ])
  expect(trail.refuse('here', 'owner', start + REFUSALS_COUNTED_MS)).toBe(true)
})

test('whoever asks for ever new things from one place is recorded for some of them, and counted for the rest', () => {
  const trail = new Trail()
  for (let i = 0; i < 10_000; i++) trail.refuse('here', `user${i}`, start)
  expect(trail.entries).toHaveLength(ABOUT_MAX + 1)
  for (let i = 0; i < 10_000; i++) trail.refuse('here', `user${i}`, start)
  trail.tell(start, true)
  expect(trail.entries).toHaveLength(2 * (ABOUT_MAX + 1))
  expect(trail.told).toBe(20_000)
})

test('with more than can be remembered each is recorded by itself, and with that told it is counted again', () => {
  const trail = new Trail()
  for (let i = 0; i < 2 * REPEATS_MAX; i++) trail.refuse(`net${i}`, 'owner', start)
  for (let i = 0; i < 2 * REPEATS_MAX; i++) trail.refuse(`net${i}`, 'owner', start)
  expect(trail.entries).toHaveLength(3 * REPEATS_MAX)
  expect(trail.refuse('another', 'owner', start)).toBe(true)
  expect(trail.refuse('another', 'owner', start)).toBe(true)
  trail.tell(start + REFUSALS_COUNTED_MS)
  expect(trail.told).toBe(4 * REPEATS_MAX + 2)
  trail.refuse('another', 'owner', start + REFUSALS_COUNTED_MS)
  expect(trail.refuse('another', 'owner', start + REFUSALS_COUNTED_MS)).toBe(false)
})

test('what was refused once takes no room after its minute', () => {
  const trail = new Trail()
  let now = start
  for (let i = 0; i < 2 * REPEATS_MAX; i++, now += REFUSALS_COUNTED_MS / 1000) {
    trail.refuse(`net${i}`, 'owner', now)
    trail.tell(now)
  }
  trail.refuse('another', 'owner', now)
  expect(trail.refuse('another', 'owner', now)).toBe(false)
})

test('a clock that is set back ends the minute: nothing waits until that hour comes again', () => {
  const trail = new Trail()
  for (let i = 0; i < 3; i++) trail.refuse('here', 'owner', start)
  expect(trail.refuse('here', 'owner', start - 3_600_000)).toBe(true)
  trail.tell(start - 3_600_000)
  expect(trail.told).toBe(4)
})

test('where nothing is folded each is recorded', () => {
  const trail = new Trail(false)
  for (let i = 0; i < 5; i++) expect(trail.refuse('here', 'owner', start)).toBe(true)
})

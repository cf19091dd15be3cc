import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { type Urgency, urgencies } from '../../../core/ports/storage.ts'
import { type LineBounds, Lines } from './lines.ts'

const bounds: LineBounds = {
  urgent: { most: 6 },
  ordinary: { most: 5 },
  routine: { most: 4, ms: 20 },
  refused: { most: 3, ms: 10 },
}

interface Commit {
  readonly urgency: Urgency
  readonly number: number
  readonly sinceMs: number
}

/** What becomes of lines over time: some come, some are taken, some are sent away. */
const events = fc.array(
  fc.record({
    afterMs: fc.nat(8),
    what: fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...urgencies) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 7 }) },
      { weight: 1, arbitrary: fc.constant('look' as const) },
    ),
  }),
  { maxLength: 120 },
)

/** The slow and obvious: one list, sorted anew for whoever asks. */
class Reference {
  waiting: readonly Commit[] = []

  join(commit: Commit): boolean {
    if (this.waiting.filter(({ urgency }) => urgency === commit.urgency).length >= bounds[commit.urgency].most)
      return false
    this.waiting = [...this.waiting, commit]
    return true
  }

  take(most: number): readonly Commit[] {
    const rank = ({ urgency }: Commit) => urgencies.indexOf(urgency)
    return this.#without(this.waiting.toSorted((a, b) => rank(a) - rank(b) || a.number - b.number).slice(0, most))
  }

  late(nowMs: number): readonly Commit[] {
    return this.#without(
      this.waiting.filter(({ urgency, sinceMs }) => nowMs - sinceMs > (bounds[urgency].ms ?? Number.POSITIVE_INFINITY)),
    )
  }

  #without(gone: readonly Commit[]): readonly Commit[] {
    this.waiting = this.waiting.filter((each) => !gone.includes(each))
    return gone
  }
}

const byNumber = (commits: readonly Commit[]) => commits.toSorted((a, b) => a.number - b.number)

describe('the lines of what waits to be written', () => {
  test('give, refuse and send away what one list would, however it comes', () => {
    fc.assert(
      fc.property(events, (events) => {
        const lines = new Lines<Commit>(bounds)
        const reference = new Reference()
        let nowMs = 0
        for (const [number, { afterMs, what }] of events.entries()) {
          nowMs += afterMs
          if (what === 'look') expect(byNumber(lines.late(nowMs))).toEqual(byNumber(reference.late(nowMs)))
          else if (typeof what === 'number') expect(lines.take(what)).toEqual([...reference.take(what)])
          else {
            const commit = { urgency: what, number, sinceMs: nowMs }
            expect(lines.join(commit, what, nowMs)).toBe(reference.join(commit))
          }
          expect(lines.length).toBe(reference.waiting.length)
        }
      }),
    )
  })

  test('the most urgent go first, and among equals whoever came first', () => {
    const lines = new Lines<string>(bounds)
    for (const each of ['refused 1', 'routine 1', 'ordinary 1', 'urgent 1', 'routine 2', 'urgent 2'])
      lines.join(each, each.split(' ')[0] as Urgency, 0)
    expect(lines.take(3)).toEqual(['urgent 1', 'urgent 2', 'ordinary 1'])
    expect(lines.take(9)).toEqual(['routine 1', 'routine 2', 'refused 1'])
  })

  test('a line that is full takes no place of another', () => {
    const lines = new Lines<number>(bounds)
    const joined = Array.from({ length: 100 }, (_, i) => lines.join(i, 'routine', 0))
    expect(joined.filter(Boolean)).toHaveLength(4)
    expect(lines.join(100, 'urgent', 0)).toBe(true)
  })

  test('what is urgent waits for as long as it takes; what comes again by itself does not', () => {
    const lines = new Lines<string>(bounds)
    lines.join('claim', 'urgent', 0)
    lines.join('beat', 'routine', 0)
    expect(lines.late(20)).toEqual([])
    expect(lines.late(21)).toEqual(['beat'])
    expect(lines.late(1e9)).toEqual([])
    expect(lines.length).toBe(1)
  })
})

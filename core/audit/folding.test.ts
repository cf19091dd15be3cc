import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { Folding, foldingWindowsMs } from './folding.ts'

const key = fc.record({ action: fc.constantFrom('x', 'x a'), by: fc.constantFrom('b', 'a b') })
const fold = fc.constantFrom('read' as const, 'telemetry' as const)
const step = fc.record({ key, fold, at: fc.nat(3), does: fc.constantFrom('open' as const, 'counts' as const) })

describe('folding', () => {
  test('what is alike by action and by whom is counted while its window is open, and nothing else is', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const folding = new Folding()
        const windows = new Map<string, { closesAt: number; repeats: number }>()
        let now = 0
        for (const { key, fold, at, does } of steps) {
          now += at * 60_000
          const name = JSON.stringify(key)
          const window = windows.get(name)
          const isOpen = window !== undefined && now < window.closesAt
          expect(folding.isOpen(key, now)).toBe(isOpen)
          if (does === 'counts') {
            expect(folding.counts(key, now)).toBe(isOpen)
            if (isOpen) window.repeats++
          } else {
            folding.open(key, fold, now)
            windows.set(name, { closesAt: now + foldingWindowsMs[fold], repeats: 0 })
          }
          expect(folding.repeated(key)).toBe(windows.get(name)?.repeats ?? 0)
        }
      }),
    )
  })

  test('is bounded: what is over soonest is forgotten first, of whichever action', () => {
    const folding = new Folding()
    const read = (i: number) => ({ action: `read ${i % 3}`, by: `${i}` })
    const beat = (i: number) => ({ action: 'beat', by: `${i}` })
    for (let i = 0; i < 30; i++) folding.open(read(i), 'read', i)
    for (let i = 0; i < 100_000 - 30 + 10; i++) folding.open(beat(i), 'telemetry', 100)
    const open = Array.from({ length: 30 }, (_, i) => i).filter((i) => folding.isOpen(read(i), 100))
    expect(open).toEqual(Array.from({ length: 20 }, (_, i) => i + 10))
    expect(folding.isOpen(beat(0), 100)).toBe(true)
  })

  test('that is turned off counts nothing', () => {
    const folding = new Folding(false)
    folding.open({ action: 'read', by: 'a' }, 'read', 0)
    expect(folding.counts({ action: 'read', by: 'a' }, 1)).toBe(false)
  })
})

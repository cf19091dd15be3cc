import { describe, expect, test } from 'bun:test'
import { everything } from '../../../core/access/scope.ts'
import type { Seal } from '../../../core/audit/seal.ts'
import { anEntry, aSeal, T0 } from './builders.ts'
import { type Given, outcome } from './given.ts'

const AN_HOUR = 60 * 60_000
const all = { scope: everything, self: 'u' as never }
const headOf = ({ leaves: _, ...head }: Seal) => ({ ...head, version: 1 })

/** The trail by its numbers, its seals, and what may leave it. Nothing else of the suite makes seals, or fleeting entries. */
export function trail(given: Given): void {
  const audit = () => given.storage.stores.audit
  const seals = () => given.storage.stores.seals

  describe('the trail', () => {
    test('entries are numbered in the order of their commits, and come back as they were', async () => {
      const before = await audit().head()
      const entries = [
        anEntry({ details: { b: [1, { z: null, y: 'ü' }], a: 1e21 }, reason: 'because', permission: 'audit:read' }),
        anEntry({
          fleeting: true,
          actorContext: { ipAddress: '::1', sessionId: 's' },
          targetKin: ['node:n', 'site:a:b'],
        }),
        anEntry({ target: { type: 'node', id: 'n', name: 'N' }, before: { a: 1 }, after: {} }),
      ]
      for (const each of entries) await given.storage.commit({ audit: [each] })
      const places = entries.map((each, i) => ({ ...each, seq: before + 1 + i }))
      expect(await audit().head()).toBe(before + 3)
      expect(await audit().after(before, 10)).toEqual(places)
      expect(await audit().after(before + 1, 1)).toEqual(places.slice(1, 2))
      expect(await audit().after(before + 3, 10)).toEqual([])
      expect(await audit().after(before, 10, { reason: 'CAUSE' })).toEqual(places.slice(0, 1))
    })

    test('many at once leave no gap, and of those that were refused none', async () => {
      const before = await audit().head()
      const taken = anEntry()
      const commits = Array.from({ length: 40 }, (_, i) => ({ audit: i % 4 === 3 ? [anEntry(), taken] : [anEntry()] }))
      const kept = await Promise.all(commits.map((each) => outcome(given.storage.commit(each))))
      // The first of those that carry the same is kept, with both of its entries.
      expect(kept.filter((each) => each === 'kept')).toHaveLength(31)
      const entries = await audit().after(before, 100)
      expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: 32 }, (_, i) => before + 1 + i))
      expect(await audit().head()).toBe(before + 32)
    })

    test('a seal comes back as it was; a list shows all but the leaves, the newest first', async () => {
      expect(await seals().last()).toBeNull()
      expect(await seals().from(1)).toBeNull()
      expect(await seals().list({ limit: 5, offset: 0 })).toEqual({ items: [], total: 0 })
      const [one, two, three] = [aSeal(1, 1, 2), aSeal(2, 3, 4), aSeal(3, 5, 5, { sealedAt: T0 + 1, leaves: ['lost'] })]
      for (const each of [one, two, three]) await given.storage.commit({ seals: [each] })
      expect(await seals().last()).toEqual(headOf(three))
      expect(await seals().list({ limit: 2, offset: 1 })).toEqual({ items: [headOf(two), headOf(one)], total: 3 })
      expect(await Promise.all([1, 2, 3, 5, 6].map((seq) => seals().from(seq)))).toEqual(
        [one, one, two, three, null].map((each) => each && { ...each, version: 1 }),
      )
    })

    test('of two who seal the same at once, one is stale', async () => {
      const next = aSeal(4, 6, 7)
      const outcomes = await Promise.all(
        [next, { ...next, sealedAt: T0 + 2 }].map((each) => outcome(given.storage.commit({ seals: [each] }))),
      )
      expect(outcomes.toSorted()).toEqual(['Stale', 'kept'])
      expect((await seals().list({ limit: 9, offset: 0 })).total).toBe(4)
    })

    test('what may be thinned is fleeting, sealed and old; then it is gone, and its number stays taken', async () => {
      const before = await audit().head()
      const old = { createdAt: T0 - AN_HOUR }
      const [a, b] = [anEntry({ ...old, fleeting: true }), anEntry({ ...old, fleeting: true })]
      const [young, lasting, late] = [anEntry({ fleeting: true }), anEntry(old), anEntry({ ...old, fleeting: true })]
      for (const each of [a, lasting, young, b]) await given.storage.commit({ audit: [each] })
      await given.storage.commit({ seals: [aSeal(5, 8, before + 4)] })
      await given.storage.commit({ audit: [late] })

      const thinnable = async (limit: number) => (await audit().thinnable(T0, limit)).map(({ id }) => id)
      expect(await thinnable(1)).toEqual([a.id])
      expect(await thinnable(9)).toEqual([a.id, b.id])
      await given.storage.commit({ thinned: [a.id, b.id] })
      expect(await thinnable(9)).toEqual([])
      expect(await audit().find(a.id, all)).toBeNull()
      const left = await audit().after(before, 9)
      expect(left.map(({ id, seq }) => [id, seq])).toEqual([
        [lasting.id, before + 2],
        [young.id, before + 3],
        [late.id, before + 5],
      ])
      await given.storage.commit({ audit: [anEntry()] })
      expect(await audit().head()).toBe(before + 6)
      // Nobody takes away, and tells of it, what somebody else has taken away.
      expect(await outcome(given.storage.commit({ thinned: [b.id, young.id] }))).toBe('Stale')
      expect(await audit().find(young.id, all)).not.toBeNull()
    })
  })
}

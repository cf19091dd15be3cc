import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Scope } from '../../../core/access/scope.ts'
import type { AuditEntry } from '../../../core/audit/entry.ts'
import type { Tally } from '../../../core/audit/facets.ts'
import type { AuditFilter } from '../../../core/audit/filter.ts'
import type { AuditEventId } from '../../../core/ids.ts'
import type { Audit, AuditReader, AuditStream } from '../../../core/ports/stores.ts'
import { openMemory } from '../memory/open.ts'
import { anEntry, T0 } from './builders.ts'
import type { Given } from './given.ts'

/*
 * Whatever is recorded and thinned in between: pages, counts and streams are those of a storage that looks at everything each
 * time. Few words are used, so that they meet; some of them are special to somebody.
 */

const words = ['Ada', 'ada byron', '50%_off', 'a\\b', 'line\nbreak', 'ÜBER', 'über uns', "o'x", 'n1', 'n2'] as const
const word = fc.constantFrom(...words)
const part = fc.constantFrom(...words, 'a', 'AD', '%', '_', '\\', 'e b', '\n', 'ü', 'n', 'zz')
const types = ['node', 'room', 'recording'] as const
const kin = fc.tuple(fc.constantFrom(...types), fc.constantFrom('n1', 'n2', 'x:y', '*')).map((each) => each.join(':'))

const entry: fc.Arbitrary<AuditEntry> = fc
  .record({
    at: fc.integer({ min: 0, max: 5 }),
    action: fc.constantFrom('a.read', 'a.read.succeeded', 'b.write', 'b.Write.failed'),
    outcome: fc.constantFrom('allowed', 'denied', 'succeeded'),
    actor: fc.record({ type: fc.constantFrom('user', 'node'), id: word, name: word, roles: fc.constant([]) }),
    target: fc.record(
      { type: fc.constantFrom(...types, 'user', 'controller'), id: word, name: word },
      { requiredKeys: ['type'] },
    ),
    targetKin: fc.uniqueArray(kin, { maxLength: 3 }),
    more: fc.record({ permission: fc.constantFrom('node:read', 'audit:read'), reason: word }, { requiredKeys: [] }),
  })
  .map(({ at, more, ...each }) => anEntry({ ...each, ...more, createdAt: T0 + at } as never))

const parts = {
  action: fc.constantFrom('READ', 'b.', 'succeeded', 'none'),
  actor: part,
  target: part,
  reason: part,
  outcome: fc.constantFrom('allowed', 'denied', 'failed'),
  permission: fc.constantFrom('node:read', 'auth:manage'),
  from: fc.integer({ min: -1, max: 6 }).map((at) => T0 + at),
  to: fc.integer({ min: -1, max: 6 }).map((at) => T0 + at),
} as const
/** Two parts at most, or hardly anything would ever match. */
const filter = fc
  .subarray(Object.keys(parts) as (keyof typeof parts)[], { maxLength: 2 })
  .chain((keys) => fc.record(Object.fromEntries(keys.map((key) => [key, parts[key]])))) as fc.Arbitrary<AuditFilter>

const match = fc.record({ type: fc.constantFrom(...types, '*'), id: fc.constantFrom('n1', 'x:y', '*') })
const scope = fc.record({
  all: fc.boolean(),
  allowed: fc.array(match, { maxLength: 2 }),
  denied: fc.array(match, { maxLength: 2 }),
  rooms: fc.subarray(['n1', '*'], { maxLength: 1 }),
}) as unknown as fc.Arbitrary<Scope>
const reader: fc.Arbitrary<AuditReader> = fc.record({ scope, self: word as fc.Arbitrary<never> })
const page = fc.record({ limit: fc.integer({ min: 1, max: 20 }), offset: fc.integer({ min: 0, max: 40 }) })

type Step =
  | { readonly record: readonly AuditEntry[] }
  /** So many of those that were recorded last. */
  | { readonly thin: number }
  | { readonly ask: AuditFilter; readonly by: AuditReader; readonly at: { limit: number; offset: number } }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ record: fc.array(entry, { minLength: 1, maxLength: 8 }) }) },
  { weight: 1, arbitrary: fc.record({ thin: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 5, arbitrary: fc.record({ ask: filter, by: reader, at: page }) },
)

export function auditReading(given: Given): void {
  describe('the audit, read', () => {
    /** Told of every commit so far. */
    const reference = openMemory({ committed() {} })
    let told = 0
    const catchUp = async () => {
      for (const { changes } of given.told.slice(told)) {
        const { audit, thinned } = changes
        await reference.commit({ ...(audit && { audit }), ...(thinned && { thinned }) })
      }
      told = given.told.length
    }

    test('is what a look at everything would have found, whatever came and went since it was asked last', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
          const recorded: AuditEventId[] = []
          const asked: Extract<Step, { ask: unknown }>[] = []
          for (const each of steps) {
            if ('record' in each) {
              // Shrinking runs the same again, and nothing is recorded twice.
              const audit = each.record.map((one) => ({ ...one, id: anEntry().id }))
              await given.storage.commit({ audit })
              recorded.push(...audit.map(({ id }) => id))
            } else if ('thin' in each) {
              await given.storage.commit({ thinned: recorded.splice(-each.thin) })
            } else asked.push(each)
            await catchUp()
            // What was asked once is asked again, since its count has been kept.
            for (const { ask, by, at } of asked) {
              const [found, expected] = [given.storage.stores.audit, reference.stores.audit]
              expect(await found.list(ask, by, at)).toEqual(await expected.list(ask, by, at))
              expect(sorted(await found.tally(ask, by))).toEqual(sorted(await expected.tally(ask, by)))
            }
          }
          for (const { ask, by } of asked.slice(-2)) await streamsAgree(ask, by)
        }),
        { numRuns: 15 },
      )
    }, 120_000)

    async function streamsAgree(ask: AuditFilter, by: AuditReader) {
      for (const order of ['newest first', 'as recorded'] as const) {
        const [found, expected] = await Promise.all([
          given.storage.stores.audit.stream(ask, by, order).then(all),
          reference.stores.audit.stream(ask, by, order).then(all),
        ])
        expect(found).toEqual(expected)
      }
    }

    test('a name that is asked for is found, if all else that is asked for is so', async () => {
      const one = anEntry({ action: 'the.one', reason: 'why' })
      await given.storage.commit({ audit: [one] })
      const by = { scope: { all: true, allowed: [], denied: [], rooms: [] }, self: 'u' } as never
      const ask = (audit: Audit, more: AuditFilter) => audit.list({ id: one.id, ...more }, by, { limit: 5, offset: 0 })
      expect(await ask(given.storage.stores.audit, { reason: 'WH' })).toEqual({ items: [one], total: 1 })
      expect(await ask(given.storage.stores.audit, { reason: 'no' })).toEqual({ items: [], total: 0 })
    })
  })
}

const sorted = (tallies: readonly Tally[]) =>
  tallies.map(({ kind, count }) => JSON.stringify([count, Object.entries(kind).toSorted()])).toSorted()

async function all({ count, batches }: AuditStream) {
  const entries: AuditEntry[] = []
  for await (const batch of batches) entries.push(...batch)
  expect(entries.length).toBe(count)
  return entries
}

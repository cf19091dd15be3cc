import { beforeAll, describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Match } from '../../../core/access/rule.ts'
import { nothing, type Scope } from '../../../core/access/scope.ts'
import { type AuditEntry, namesOfEach } from '../../../core/audit/entry.ts'
import { isVisible } from '../../../core/audit/filter.ts'
import { anEntry } from './builders.ts'
import type { Given } from './given.ts'

const run = crypto.randomUUID()
const self = 'me'
const kin = (names: string) =>
  names.split(' ').map((name) => {
    const [type = '', id = ''] = name.split('/')
    return { type, id }
  })
const entry = (target: object, ...things: string[]): AuditEntry =>
  anEntry({ action: `several.${run}`, target: target as never, targetKin: namesOfEach(things.map(kin)) as string[] })

const both = entry({ type: 'recording_collection' }, 'recording/r1 room/x node/n1', 'recording/r2 room/y node/n1')
const one = entry({ type: 'recording_collection' }, 'recording/r1 room/x node/n1')
const far = entry({ type: 'node_collection' }, 'node/n1 site/s', 'node/n2 site/t', 'node/& site/&')
const held = entry({ type: 'recording_job', id: 'j1' }, 'recording_job/j1 node/n2', 'recording_job/j2 node/n2')
const plain = anEntry({
  action: `several.${run}`,
  target: { type: 'node', id: 'n1' } as never,
  targetKin: ['node:n1', 'site:s'],
})
const entries = [both, one, far, held, plain]

/** What tells of several things at once is read by whoever may see all of them. */
export function auditOfSeveral(given: Given): void {
  describe('an entry about several things', () => {
    beforeAll(() => given.storage.commit({ audit: entries }))

    const seen = async (scope: Scope) => {
      const reader = { scope, self: self as never }
      const page = { limit: 100, offset: 0 }
      const { items, total } = await given.storage.stores.audit.list({ action: run }, reader, page)
      expect(total).toBe(items.length)
      for (const each of entries) {
        const found = await given.storage.stores.audit.find(each.id, reader)
        expect(found !== null).toBe(items.some(({ id }) => id === each.id))
      }
      return new Set(items.map(({ id }) => id))
    }
    const allowing = (...allowed: Match[]): Scope => ({ ...nothing, allowed })

    test.each<[string, Scope, AuditEntry, boolean]>([
      ['not for one of them', allowing({ type: 'recording', id: 'r1' }), both, false],
      ['for each of them', allowing({ type: 'recording', id: 'r1' }, { type: 'room', id: 'y' }), both, true],
      ['for what all lie on', allowing({ type: 'node', id: 'n1' }), both, true],
      ['for any of their kind', allowing({ type: 'recording', id: '*' }), both, true],
      ['for rooms of a roster, all of them', { ...nothing, rooms: ['x', 'y'] as never }, both, true],
      ['not for a roster of one room', { ...nothing, rooms: ['x' as never] }, both, false],
      ['not for nothing, though its target has no id', nothing, one, false],
      ['not where one of them is denied', { ...nothing, all: true, denied: [{ type: 'room', id: 'y' }] }, both, false],
      ['also where the target is one of them', allowing({ type: 'recording_job', id: 'j1' }), held, false],
    ])('is seen %s', async (_, scope, about, expected) => expect((await seen(scope)).has(about.id)).toBe(expected))

    test('is seen where core says so, whatever the scope', async () => {
      const match = fc.record({
        type: fc.constantFrom('*', 'recording', 'recording_job', 'room', 'node', 'site'),
        id: fc.constantFrom('*', '&', 'r1', 'r2', 'x', 'y', 'n1', 'n2', 's', 't', 'j1', 'j2'),
      })
      const scope = fc.record({
        all: fc.constantFrom(false, false, true),
        allowed: fc.array(match, { maxLength: 4 }),
        denied: fc.oneof(fc.constant([]), fc.array(match, { maxLength: 2 })),
        rooms: fc.subarray(['x', 'y'] as never[]),
      })
      await fc.assert(
        fc.asyncProperty(scope, async (each) => {
          const expected = entries.filter((about) => isVisible(about, each, self)).map(({ id }) => id)
          expect([...(await seen(each))].sort()).toEqual(expected.sort())
        }),
        { numRuns: 150 },
      )
    }, 30_000)
  })
}

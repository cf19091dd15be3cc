import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { decide } from './decide.ts'
import {
  aSeat,
  hall,
  hallTake,
  laidDown,
  none,
  on,
  aPolicy as policy,
  studio,
  aSubject as subjectWith,
} from './examples.test.ts'
import { type Because, explain } from './explain.ts'
import { kinOfRecording } from './kin.ts'
import type { Rules } from './scope.ts'
import type { Subject } from './subject.ts'
import { aPermission, aSubject, aThing, kinOrNames, theRules } from './worlds.test.ts'

const RUNS = 5_000
const recording = kinOfRecording(hallTake)
const someKin = fc.array(aThing, { minLength: 1, maxLength: 4 })
const someKinOrNone = fc.option(someKin, { nil: undefined, freq: 5 })
const someRules: fc.Arbitrary<Rules> = fc.record(theRules)

describe('an explanation', () => {
  test('is of the decision that was made, and its rules alone lead to it again', () => {
    fc.assert(
      fc.property(aSubject, aPermission, someRules, kinOrNames, (subject, permission, rules, { kin, names }) => {
        const { because, ...decision } = explain(subject, permission, kin, rules, names)
        expect(decision).toEqual(decide(subject, permission, kin, rules, names))

        const { scope: _, ...given } = decision
        const alone = { ...subject, ...heldBy(because) }
        const { scope: __, ...again } = decide(alone, permission, kin, laidDownBy(because), names)
        expect(again).toEqual(given)
      }),
      { numRuns: RUNS },
    )
  })

  test('names no rule that was not laid down, and only kin of the target', () => {
    fc.assert(
      fc.property(aSubject, aPermission, someRules, someKin, (subject, permission, rules, kin) => {
        const { because } = explain(subject, permission, kin, rules)
        for (const each of because) if ('on' in each) expect(kin).toContain(each.on)
        const { policies, rosters } = laidDownBy(because)
        expect(rules.policies).toEqual(expect.arrayContaining([...policies]))
        expect(rules.rosters).toEqual(expect.arrayContaining([...rosters]))
      }),
      { numRuns: RUNS },
    )
  })

  test('names no rule that would not have led there by itself, given the roles', () => {
    fc.assert(
      fc.property(aSubject, aPermission, someRules, someKinOrNone, (subject, permission, rules, kin) => {
        const { because, scope: _, ...given } = explain(subject, permission, kin, rules)
        const roles = because.filter(({ rule }) => rule === 'role')
        for (const each of because) {
          const alone = each.rule === 'role' ? [each] : [...roles, each]
          const { scope: __, ...again } = decide({ ...subject, ...heldBy(alone) }, permission, kin, laidDownBy(alone))
          if (each.rule === 'role') expect(again.reason).not.toBe('missing_permission')
          else expect(again).toEqual(given)
        }
      }),
      { numRuns: RUNS },
    )
  })

  test('of nobody has nothing to name', () => {
    expect(explain(undefined, 'node:read', undefined, none).because).toEqual([])
  })

  test('says what a grant and a policy were about', () => {
    const viewer = subjectWith('viewer', on('site', 'north'), on('room', 'studio'))
    const allow = policy('allow', on('*', 'hall'))
    expect(explain(viewer, 'recording:read', recording, laidDown(allow)).because).toEqual([
      { rule: 'role', role: 'viewer', unrestricted: false },
      { rule: 'policy', policy: allow, on: { type: 'room', id: 'hall' } },
      { rule: 'grant', grant: on('site', 'north'), on: { type: 'site', id: 'north' } },
    ])
  })

  test('of what an owner may do names no grant, for none was needed', () => {
    const rules = laidDown(policy('allow', on('*', '*')), aSeat(hall, 'view'))
    expect(explain(subjectWith('owner', on('*', '*')), 'recording:read', recording, rules).because).toEqual([
      { rule: 'role', role: 'owner', unrestricted: true },
    ])
  })

  test('of a denial names the denying policies, and no other', () => {
    const deny = policy('deny', on('node', 'n1'))
    const rules = laidDown(policy('allow', on('*', '*')), deny, policy('deny', on('node', 'n2')), aSeat(hall, 'view'))
    expect(explain(subjectWith('viewer'), 'recording:read', recording, rules).because).toEqual([
      { rule: 'role', role: 'viewer', unrestricted: false },
      { rule: 'policy', policy: deny, on: { type: 'node', id: 'n1' } },
    ])
  })

  test('of what a room opened names the line of its roster', () => {
    const seat = aSeat(hall, 'view', 'edit')
    const rules = laidDown(aSeat(studio, 'edit'), aSeat(hall, 'view'), seat, { ...seat, subjectId: 'bob' })
    expect(explain(subjectWith('viewer'), 'recording:edit', recording, rules).because).toEqual([
      { rule: 'roster', entry: seat, capability: 'edit' },
    ])
  })
})

const heldBy = (because: readonly Because[]): Pick<Subject, 'roles' | 'grants'> => ({
  roles: because.flatMap((each) => (each.rule === 'role' ? [each.role] : [])),
  grants: because.flatMap((each) => (each.rule === 'grant' ? [each.grant] : [])),
})

const laidDownBy = (because: readonly Because[]): Rules => ({
  policies: because.flatMap((each) => (each.rule === 'policy' ? [each.policy] : [])),
  rosters: because.flatMap((each) => (each.rule === 'roster' ? [each.entry] : [])),
})

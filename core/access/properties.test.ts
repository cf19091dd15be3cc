import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import fc from 'fast-check'
import { decide, decideWithin } from './decide.ts'
import { permissions, roleHolds, roles } from './permission.ts'
import { type AccessPolicy, type Grant, touched } from './rule.ts'
import { covers, isDenied, type Rules, scopeFor } from './scope.ts'
import type { Subject } from './subject.ts'
import { anEntry, aPermission, aPolicy, aResource, aSubject, aThing, kinOrNames, theRules } from './worlds.test.ts'

const RUNS = 5_000
setDefaultTimeout(120_000)

const someKin = fc.array(aThing, { minLength: 1, maxLength: 4 })
const someKinOrNone = fc.option(someKin, { nil: undefined, freq: 5 })
type KinOrNames = typeof kinOrNames extends fc.Arbitrary<infer T> ? T : never
const someRules: fc.Arbitrary<Rules> = fc.record(theRules)

type Asked = readonly [Subject, Rules]

/** Whatever was refused before the change is refused after it, for every permission. */
function neverOpens([subject, rules]: Asked, [changed, changedRules]: Asked, { kin, names }: KinOrNames) {
  for (const permission of permissions) {
    const before = decide(subject, permission, kin, rules, names).allowed
    const after = decide(changed, permission, kin, changedRules, names).allowed
    expect({ permission, opened: after && !before }).toEqual({ permission, opened: false })
  }
}

const without = <T>(list: readonly T[], at: number): readonly T[] =>
  list.filter((_, index) => index !== at % list.length)

describe('taking away never gives', () => {
  const check = (change: (asked: Asked, at: number) => Asked) =>
    fc.assert(
      fc.property(aSubject, someRules, kinOrNames, fc.nat(9), (subject, rules, asked, at) =>
        neverOpens([subject, rules], change([subject, rules], at), asked),
      ),
      { numRuns: RUNS },
    )

  test('a grant', () => check(([subject, rules], at) => [{ ...subject, grants: without(subject.grants, at) }, rules]))

  test('a role', () => check(([subject, rules], at) => [{ ...subject, roles: without(subject.roles, at) }, rules]))

  test('a line of a roster', () =>
    check(([subject, rules], at) => [subject, { ...rules, rosters: without(rules.rosters, at) }]))

  test('an allow policy', () =>
    check(([subject, rules], at) => {
      const allows = without(
        rules.policies.filter(({ effect }) => effect === 'allow'),
        at,
      )
      return [
        subject,
        { ...rules, policies: rules.policies.filter((each) => each.effect === 'deny' || allows.includes(each)) },
      ]
    }))
})

test('adding a deny never gives', () => {
  fc.assert(
    fc.property(aSubject, someRules, kinOrNames, aPolicy, fc.nat(4), (subject, rules, asked, policy, at) => {
      const policies = rules.policies.toSpliced(at, 0, { ...policy, effect: 'deny' })
      neverOpens([subject, rules], [subject, { ...rules, policies }], asked)
    }),
    { numRuns: RUNS },
  )
})

test('a deny wins over everything, wherever it stands', () => {
  fc.assert(
    fc.property(
      aSubject,
      aPermission,
      someRules,
      someKin,
      fc.nat(4),
      fc.nat(3),
      (subject, permission, rules, kin, at, which) => {
        const named = kin[which % kin.length] ?? { type: '*', id: '*' }
        const deny = aDeny({ resourceType: named.type, resourceId: named.id })
        const entitled = { ...subject, roles: [...roles], grants: [{ resourceType: '*', resourceId: '*' }] }
        const policies = rules.policies.toSpliced(at, 0, deny)
        expect(decide(entitled, permission, kin, { ...rules, policies }).reason).toBe('access_policy_denied')
      },
    ),
    { numRuns: RUNS },
  )
})

test('without a role and without a roster nothing is allowed, whatever is granted', () => {
  fc.assert(
    fc.property(aSubject, aPermission, someRules, kinOrNames, (subject, permission, { policies }, { kin, names }) => {
      const stripped = { ...subject, roles: [], grants: [...subject.grants, { resourceType: '*', resourceId: '*' }] }
      expect(decide(stripped, permission, kin, { policies, rosters: [] }, names).reason).toBe('missing_permission')
    }),
    { numRuns: RUNS },
  )
})

test('whatever is allowed, a role holds, or the roster of a room', () => {
  fc.assert(
    fc.property(aSubject, aPermission, someRules, kinOrNames, (subject, permission, rules, { kin, names }) => {
      const { allowed, viaCapability } = decide(subject, permission, kin, rules, names)
      if (!allowed || subject.roles.some((role) => roleHolds(role, permission))) return
      const gives = ({ roomId, capabilities }: Rules['rosters'][number]) =>
        roomId === viaCapability?.roomId && capabilities.includes(viaCapability.capability)
      expect(rules.rosters.some(gives)).toBe(true)
    }),
    { numRuns: RUNS },
  )
})

test('a collection is closed by a deny that gives its name, and by no other', () => {
  fc.assert(
    fc.property(aSubject, aPermission, someRules, kinOrNames, (subject, permission, rules, { names = [] }) => {
      const open = decide(subject, permission, undefined, rules)
      const closed = isDenied(open.scope, names)
      expect(decide(subject, permission, undefined, rules, names).allowed).toBe(open.allowed && !closed)
    }),
    { numRuns: RUNS },
  )
})

test('the order of rules, and repeating them, changes nothing', () => {
  fc.assert(
    fc.property(aSubject, aPermission, someRules, someKin, (subject, permission, rules, kin) => {
      const policies = [...rules.policies.toReversed(), ...rules.policies]
      const rosters = [...rules.rosters.toReversed(), ...rules.rosters]
      const { scope: _, ...turned } = decide(subject, permission, kin, { policies, rosters })
      const { scope: __, ...straight } = decide(subject, permission, kin, rules)
      expect(turned).toEqual(straight)
    }),
    { numRuns: RUNS },
  )
})

test('a star stands for any type, or for any id, and nothing else does', () => {
  fc.assert(
    fc.property(aResource, someKin, ({ resourceType, resourceId }, kin) => {
      const types = resourceType === '*' ? kin : kin.filter(({ type }) => type === resourceType)
      const found = resourceId === '*' ? types : types.filter(({ id }) => id === resourceId)
      expect(touched({ type: resourceType, id: resourceId }, kin)).toEqual(found[0])
    }),
    { numRuns: RUNS },
  )
})

test('the scope covers exactly what the gate lets through', () => {
  fc.assert(
    fc.property(aSubject, aPermission, someRules, someKinOrNone, someKin, (subject, permission, rules, asked, row) => {
      const scope = scopeFor(subject, permission, rules)
      expect(covers(scope, row)).toBe(decide(subject, permission, row, rules).allowed)
      expect(decide(subject, permission, asked, rules).scope).toEqual(scope)
      expect(decideWithin(scope, subject, permission, asked)).toEqual(decide(subject, permission, asked, rules))
    }),
    { numRuns: RUNS },
  )
})

test('a collection lets in everybody who may see any row, given one', () => {
  fc.assert(
    fc.property(aSubject, aPermission, someRules, someKin, (subject, permission, rules, row) => {
      if (decide(subject, permission, row, rules).allowed) {
        expect(decide(subject, permission, undefined, rules).allowed).toBe(true)
      }
    }),
    { numRuns: RUNS },
  )
})

test('a roster line in a room opens only what lies in that room', () => {
  fc.assert(
    fc.property(aSubject, aPermission, someRules, someKin, anEntry, (subject, permission, rules, kin, entry) => {
      const more = { ...rules, rosters: [...rules.rosters, entry] }
      const opened = decide(subject, permission, kin, more).allowed && !decide(subject, permission, kin, rules).allowed
      if (opened) expect(kin).toContainEqual({ type: 'room', id: entry.roomId })
    }),
    { numRuns: RUNS },
  )
})

const aDeny = (resource: Grant): AccessPolicy => ({
  id: 'p' as AccessPolicy['id'],
  effect: 'deny',
  subjectType: 'everyone',
  ...resource,
})

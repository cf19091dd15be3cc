import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { User } from '../user.ts'
import { ownerObstacle } from './ownership.ts'

const IDS = ['u0', 'u1', 'u2', 'u3'] as const
const anId = fc.constantFrom(...IDS)

/** Only what the rule looks at. */
const aUserCalled = (id: string): fc.Arbitrary<User> =>
  fc
    .record({
      roles: fc.subarray(['owner', 'admin', 'viewer'] as const),
      disabledAt: fc.constantFrom(undefined, 1, 2),
      passwordHash: fc.constantFrom('old', 'new'),
      groupIds: fc.subarray(['g', 'h']),
    })
    .map(({ disabledAt, ...user }) => ({ id, ...user, ...(disabledAt !== undefined && { disabledAt }) }) as never)

const aWorld = fc.tuple(...IDS.map(aUserCalled))
const aDeed = fc
  .record({ caller: anId, target: anId })
  .chain(({ caller, target }) =>
    fc.record({ caller: fc.constant(caller), target: fc.constant(target), after: fc.option(aUserCalled(target)) }),
  )

const owns = (user: User | undefined) => user?.roles.includes('owner') ?? false
const canOwn = (user: User | undefined) => owns(user) && user?.disabledAt === undefined

describe('owners are protected', () => {
  test('whatever is tried by whomever: an owner who can sign in is left, and others neither make nor touch one', () =>
    fc.assert(
      fc.property(aWorld, fc.array(aDeed, { maxLength: 30 }), (start, deeds) => {
        const users = new Map(start.map((user) => [user.id as string, user]))
        fc.pre([...users.values()].some(canOwn))
        for (const { caller, target, after } of deeds) {
          const asking = users.get(caller)
          if (!asking || asking.disabledAt !== undefined) continue
          const before = users.get(target)
          const then = after ?? undefined
          if (ownerObstacle(asking, before, then, users.values()) !== undefined) continue
          if (!owns(asking)) {
            expect(owns(then)).toBe(owns(before))
            if (owns(before)) {
              expect([then?.disabledAt, then?.passwordHash]).toEqual([before?.disabledAt, before?.passwordHash])
            }
          }
          if (then) users.set(target, then)
          else users.delete(target)
          expect([...users.values()].some(canOwn)).toBe(true)
        }
      }),
      { numRuns: 2_000 },
    ))

  test('nothing else is refused: an owner does anything but end the last, and others do anything to others', () =>
    fc.assert(
      fc.property(aWorld, aDeed, (start, { caller, target, after }) => {
        const users = new Map(start.map((user) => [user.id as string, user]))
        const asking = users.get(caller) as User
        const before = users.get(target)
        const then = after ?? undefined
        const obstacle = ownerObstacle(asking, before, then, users.values())
        if (!owns(before) && !owns(then)) expect(obstacle).toBeUndefined()
        const others = start.some((user) => user.id !== target && canOwn(user))
        if (owns(asking) && others) expect(obstacle).toBeUndefined()
        if (owns(asking) && !others && canOwn(before) && !canOwn(then)) expect(obstacle).toBe('last_owner')
        if (!owns(asking) && owns(before) !== owns(then)) expect(obstacle).toBe('owner_required')
      }),
      { numRuns: 5_000 },
    ))

  test('what an owner is besides may be changed by others: its groups, its other roles', () => {
    const admin = { id: 'a', roles: ['admin'] } as unknown as User
    const owner = { id: 'o', roles: ['owner', 'viewer'], groupIds: [], passwordHash: 'x' } as unknown as User
    const after = { ...owner, roles: ['owner'] as const, groupIds: ['g' as never] }
    expect(ownerObstacle(admin, owner, after, [owner, admin])).toBeUndefined()
  })
})

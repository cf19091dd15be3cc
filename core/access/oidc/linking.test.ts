import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { aUser } from '../../../adapters/storage/conformance/builders.ts'
import { roles } from '../permission.ts'
import type { User } from '../user.ts'
import type { Identity } from './claims.ts'
import { accountOf, claimed, isChanged, withLastOwner } from './linking.ts'

const ada: Identity = { externalId: 'ada', email: 'ada@example.org', name: 'Ada', roles: ['viewer'], groups: [] }
const oidc = (more: Parameters<typeof aUser>[0] = {}): User => {
  const { passwordHash: _, ...user } = aUser({ provider: 'oidc', ...more })
  return user
}

describe('which account somebody is', () => {
  test('the one with this name at the provider, whatever its address was', () => {
    const own = oidc({ externalId: 'ada', email: 'former@example.org' })
    expect(accountOf(ada, [aUser(), own])).toEqual({ ok: true, value: own })
  })

  test('one that was prepared for this address and belongs to nobody yet', () => {
    const prepared = oidc({ email: ada.email })
    expect(accountOf(ada, [prepared])).toEqual({ ok: true, value: prepared })
  })

  test.each([
    ['a local account', [aUser({ email: ada.email })]],
    ['an account of another subject', [oidc({ email: ada.email, externalId: 'other' })]],
    ['somebody else, after the address has changed', [oidc({ externalId: 'ada' }), aUser({ email: ada.email })]],
    [
      'an account that waits for its first sign-in, after the address has changed',
      [oidc({ externalId: 'ada' }), oidc({ email: ada.email })],
    ],
    ['a local account that carries the same name by chance', [aUser({ email: ada.email, externalId: 'ada' })]],
  ])('never one that is not its own: %s has the address', (_, users) =>
    expect(accountOf(ada, users)).toMatchObject({ ok: false, kind: 'forbidden', reason: 'oidc_email_conflict' }),
  )

  test('a disabled one is refused', () => {
    const reason = { ok: false, kind: 'forbidden', reason: 'user_disabled' } as const
    expect(accountOf(ada, [oidc({ externalId: 'ada', disabledAt: 1 })])).toMatchObject(reason)
    expect(accountOf(ada, [oidc({ email: ada.email, disabledAt: 1 })])).toMatchObject(reason)
  })

  test('otherwise none yet', () =>
    expect(accountOf(ada, [aUser(), oidc({ externalId: 'x' })])).toEqual({ ok: true, value: undefined }))
})

describe('what becomes of it', () => {
  test('roles and groups are the claims, and what was granted here stays', () => {
    const grants = [{ resourceType: 'node', resourceId: 'n' }] as never
    const before = oidc({ externalId: 'ada', roles: ['admin'], groupIds: ['old'] as never, grants })
    const after = claimed(before, { ...ada, groups: [{ id: 'new' as never, name: 'New' }] })
    const { email, name } = ada
    expect(after).toEqual({ ...before, email, name, roles: ['viewer'], groupIds: ['new' as never] })
    expect(isChanged(before, after)).toBe(true)
    expect(isChanged(after, { ...after, version: 9 })).toBe(false)
  })

  test('the last owner who can sign in stays one', () => {
    const owner = oidc({ externalId: 'ada', roles: ['owner'] })
    const after = claimed(owner, ada)
    expect(withLastOwner(after, owner, [owner]).roles).toEqual(['owner', 'viewer'])
    expect(withLastOwner(after, owner, [owner, aUser({ roles: ['owner'], disabledAt: 1 })]).roles).toContain('owner')
    expect(withLastOwner(after, owner, [owner, aUser({ roles: ['owner'] })]).roles).toEqual(['viewer'])
    expect(withLastOwner(claimed(owner, ada), undefined, [owner]).roles).toEqual(['viewer'])
  })
})

describe('over many sign-ins', () => {
  const few = (...names: string[]) => fc.constantFrom(...names)
  const anIdentity: fc.Arbitrary<Identity> = fc.record({
    externalId: few('a', 'b', 'c'),
    email: few('a@x.org', 'b@x.org', 'c@x.org'),
    name: few('A', 'B'),
    roles: fc.subarray([...roles]),
    groups: fc.constant([]),
  })
  const anAccount = fc.record({
    local: fc.boolean(),
    email: few('a@x.org', 'b@x.org', 'd@x.org'),
    disabled: fc.boolean(),
  })

  test('no address and no subject is there twice, no local or disabled account is touched, and some owner is left', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(anAccount, { selector: ({ email }) => email, maxLength: 3 }),
        fc.array(anIdentity, { maxLength: 12 }),
        (given, arriving) => {
          const start = given.map(({ local, email, disabled }) => {
            const more = { email, roles: ['owner'] as const, ...(disabled && { disabledAt: 1 }) }
            return local ? aUser(more) : oidc(more)
          })
          const users = new Map(start.map((user) => [user.id, user]))
          for (const identity of arriving) {
            const account = accountOf(identity, users.values())
            if (!account.ok) continue
            const before = account.value
            const after = withLastOwner(claimed(before ?? oidc(), identity), before, users.values())
            users.set(after.id, after)
          }
          const all = [...users.values()]
          for (const key of ['email', 'externalId'] as const) {
            const values = all.flatMap((user) => user[key] ?? [])
            expect(new Set(values).size).toBe(values.length)
          }
          for (const user of start) {
            if (user.provider === 'local' || user.disabledAt !== undefined) expect(users.get(user.id)).toBe(user)
          }
          const owners = (list: readonly User[]) =>
            list.some((user) => user.disabledAt === undefined && user.roles.includes('owner'))
          if (owners(start)) expect(owners(all)).toBe(true)
        },
      ),
      { numRuns: 2_000 },
    )
  })
})

import { describe, expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { roles } from '../permission.ts'
import { type Claims, groupsLeftOut, hasGroupsElsewhere, type Identity, identityIn } from './claims.ts'

const digest = (text: string) => createHash('sha256').update(text).digest('hex')
const read = (more: Partial<Claims>) => identityIn({ sub: 's', email: 'ada@example.org', ...more }, digest)
const identity = (more: Partial<Claims>): Identity => {
  const found = read(more)
  if (!found.ok) throw new Error(found.reason)
  return found.value
}
const nameOfGroups = (groups: unknown) => identity({ groups }).groups

describe('what claims mean', () => {
  test('a person is known by oid, else by sub', () => {
    expect(identity({}).externalId).toBe('s')
    expect(identity({ oid: 'o' }).externalId).toBe('o')
  })

  test('the address is the first of three, in lower case, and a name where there is none', () => {
    const all = { email: 'A@x.org', preferred_username: 'b@x.org', upn: 'c@x.org' }
    expect(identity(all)).toMatchObject({ email: 'a@x.org', name: 'a@x.org' })
    expect(identityIn({ sub: 's', preferred_username: 'B@x.org', upn: 'c@x.org' }, digest)).toMatchObject({
      value: { email: 'b@x.org' },
    })
    expect(identityIn({ sub: 's', upn: 'c@x.org', name: 'C' }, digest)).toMatchObject({
      value: { email: 'c@x.org', name: 'C' },
    })
  })

  test('without an address, or with one that is said not to be verified, nobody is known', () => {
    const refused = { ok: false, kind: 'unauthenticated', reason: 'invalid_oidc_claims' } as const
    expect(identityIn({ sub: 's' }, digest)).toMatchObject(refused)
    for (const email_verified of [false, 'false']) expect(read({ email_verified })).toMatchObject(refused)
    for (const email_verified of [true, 'true', undefined]) expect(read({ email_verified }).ok).toBe(true)
  })

  test('only roles that there are survive, letter by letter, and each once', () => {
    expect(identity({ roles: ['viewer', 'Owner', 'superadmin', 'viewer', 7, null] }).roles).toEqual(['viewer'])
    for (const junk of ['owner', { 0: 'owner' }, 7, null, undefined]) {
      expect(identity({ roles: junk }).roles).toEqual([])
      expect(identity({ groups: junk }).groups).toEqual([])
    }
  })

  test('a group is what its name makes it, and a digest where nothing is left of that', () => {
    expect(nameOfGroups(['Room Council', 'room--COUNCIL!', 9])).toEqual([
      { id: 'room-council' as never, name: 'Room Council' },
    ])
    const odd = digest('会议').slice(0, 12)
    expect(nameOfGroups(['会议'])).toEqual([{ id: `group-${odd}` as never, name: '会议' }])
    expect(nameOfGroups(['x'.repeat(500)])[0]?.name).toHaveLength(160)
  })

  test('what comes of a claim is text that a database keeps as it is, and no character is cut in half', () => {
    expect(identity({ name: ' A\0d\ud800a ' }).name).toBe('Ad\ufffda')
    expect(identity({ name: `${'x'.repeat(159)}😀` }).name).toBe('x'.repeat(159))
    expect(identity({ name: `${'x'.repeat(158)}😀y` }).name).toBe(`${'x'.repeat(158)}😀`)
    expect(identity({ name: ' \0 ' }).name).toBe('ada@example.org')
    expect(nameOfGroups(['a\0\udc00'])).toEqual([{ id: 'a' as never, name: 'a\ufffd' }])
    expect(nameOfGroups([`${'会'.repeat(159)}😀`])[0]?.name).toBe('会'.repeat(159))
  })

  test('of very many groups the first are known, and the others counted', () => {
    const groups = Array.from({ length: 70 }, (_, i) => `Group ${i}`)
    expect(nameOfGroups(groups).map(({ name }) => name)).toEqual(groups.slice(0, 64))
    expect([groups, groups.slice(6), 'junk'].map((each) => groupsLeftOut({ sub: 's', groups: each }))).toEqual([
      6, 0, 0,
    ])
  })

  test('a pointer to groups is no groups', () => {
    expect(hasGroupsElsewhere({ sub: 's', _claim_names: { groups: 'src1' } })).toBe(true)
    for (const _claim_names of [undefined, null, {}, 'groups']) {
      expect(hasGroupsElsewhere({ sub: 's', _claim_names })).toBe(false)
    }
  })

  test('whatever stands in roles and groups, nothing comes of it that is no role and no id', () => {
    const anything = fc.anything({ withNullPrototype: true })
    const lists = fc.oneof(
      anything,
      fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...roles), anything)),
    )
    fc.assert(
      fc.property(lists, lists, (saidRoles, saidGroups) => {
        const found = identity({ roles: saidRoles, groups: saidGroups })
        const said: readonly unknown[] = Array.isArray(saidRoles) ? saidRoles : []
        expect(found.roles).toEqual(roles.filter((role) => said.includes(role)))
        const ids = found.groups.map(({ id }) => id)
        expect(new Set(ids).size).toBe(ids.length)
        for (const { id, name } of found.groups) {
          expect(id).toMatch(/^[a-z0-9-]{1,120}$/)
          expect(name.length).toBeWithin(1, 161)
          expect(name).toMatch(/^[^\0\ud800-\udfff]+$/u)
        }
        expect(identity({ roles: saidRoles, groups: saidGroups })).toEqual(found)
      }),
      { numRuns: 2_000 },
    )
  })
})

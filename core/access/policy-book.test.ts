import { expect, setDefaultTimeout, test } from 'bun:test'
import fc from 'fast-check'
import type { PolicyId } from '../ids.ts'
import { type PolicyInput, rewritten } from './policy-book.ts'
import { POLICY_BOOK_ID } from './user.ts'
import { aPolicy } from './worlds.test.ts'

setDefaultTimeout(30_000)

const someInput = fc.array(
  fc.tuple(aPolicy, fc.option(fc.constantFrom('leave', 'rebuilding'), { nil: undefined })).map(([policy, reason]) => {
    const { id: _, ...input } = policy
    return { ...input, ...(reason !== undefined && { reason }) }
  }),
  { maxLength: 12 },
)

const meansTheSame = (a: PolicyInput, b: PolicyInput) =>
  (['effect', 'subjectType', 'subjectId', 'resourceType', 'resourceId'] as const).every((key) => a[key] === b[key])

const minting = () => {
  let minted = 0
  return () => `policy_${minted++}` as PolicyId
}

test('a list that is written anew says each thing once, as it was said last, and calls it what it was called', () => {
  fc.assert(
    fc.property(someInput, someInput, (before, after) => {
      const mint = minting()
      const old = rewritten({ id: POLICY_BOOK_ID, version: 3, policies: [] }, before, mint)
      const book = rewritten(old, after, mint)
      expect(book.version).toBe(old.version)

      const firsts = after.filter((each, i) => after.findIndex((other) => meansTheSame(each, other)) === i)
      expect(book.policies.map(({ id: _, ...input }) => input)).toEqual(
        firsts.map((each) => after.findLast((other) => meansTheSame(each, other)) ?? each),
      )
      for (const policy of book.policies) {
        const former = old.policies.find((each) => meansTheSame(each, policy))
        if (former) expect(policy.id).toBe(former.id)
        else expect(old.policies.map(({ id }) => id)).not.toContain(policy.id)
      }
      expect(new Set(book.policies.map(({ id }) => id)).size).toBe(book.policies.length)
      expect(rewritten(book, book.policies, mint)).toEqual(book)
    }),
    { numRuns: 2_000 },
  )
})

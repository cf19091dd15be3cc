import type { PolicyId } from '../ids.ts'
import type { AccessPolicy } from './rule.ts'
import type { PolicyBook } from './user.ts'

/** What an administrator lays down; what it is called is ours to say. */
export type PolicyInput = Omit<AccessPolicy, 'id'>

/** A rule is read on every request that it may concern. */
export const POLICIES_MAX = 1_000

/**
 * The whole book anew. What says the same of the same keeps its id, so that an edit elsewhere in the list does not look like
 * another rule; of repetitions the last is meant, in the place of the first.
 */
export function rewritten(book: PolicyBook, said: readonly PolicyInput[], mint: () => PolicyId): PolicyBook {
  const ids = new Map(book.policies.map((policy) => [matterOf(policy), policy.id]))
  const policies = new Map<string, AccessPolicy>()
  for (const input of said) {
    const matter = matterOf(input)
    policies.set(matter, { ...input, id: ids.get(matter) ?? mint() })
  }
  return { ...book, policies: [...policies.values()] }
}

/** All of it but the reason. */
const matterOf = ({ effect, subjectType, subjectId, resourceType, resourceId }: PolicyInput): string =>
  JSON.stringify([effect, subjectType, subjectId, resourceType, resourceId])

import type { PolicyId } from '../ids.ts'
import type { AccessPolicy } from './rule.ts'
import type { PolicyBook, User } from './user.ts'

/** What an administrator lays down; what it is called is ours to say. */
export type PolicyInput = Omit<AccessPolicy, 'id'>

/** A rule is read on every request that it may concern. */
export const POLICIES_MAX = 1_000

/**
 * The whole book anew. What says the same of the same keeps its id, so that an edit elsewhere in the list does not look like
 * another rule; of repetitions the last is meant, in the place of the first.
 */
export function rewritten<Input extends PolicyInput>(
  book: PolicyBook,
  said: readonly Input[],
  mint: (input: Input) => PolicyId,
): PolicyBook {
  const ids = new Map(book.policies.map((policy) => [matterOf(policy), policy.id]))
  const policies = new Map<string, AccessPolicy>()
  for (const input of said) {
    const matter = matterOf(input)
    policies.set(matter, { ...input, id: ids.get(matter) ?? mint(input) })
  }
  return { ...book, policies: [...policies.values()] }
}

/** Those that name an account by the address it has. */
export const addressed = ({ policies }: PolicyBook, { email }: User): readonly AccessPolicy[] =>
  policies.filter(({ subjectType, subjectId }) => subjectType === 'user' && subjectId === email)

/**
 * For an account that leaves its address: what named it by that names it by its id, or a deny would be shed with the address,
 * and whoever has it next would come into what was allowed.
 */
export function byId(book: PolicyBook, user: User): PolicyBook {
  const meant = new Set(addressed(book, user))
  const said = book.policies.map((each) => (meant.has(each) ? { ...each, subjectId: user.id } : each))
  return rewritten(book, said, ({ id }) => id)
}

/** All of it but the reason. */
const matterOf = ({ effect, subjectType, subjectId, resourceType, resourceId }: PolicyInput): string =>
  JSON.stringify([effect, subjectType, subjectId, resourceType, resourceId])

import type { Live } from '../../live.ts'
import type { Changes } from '../../ports/storage.ts'
import type { AccessPolicy } from '../rule.ts'
import { isMeant } from '../subject.ts'
import type { Group, PolicyBook, User } from '../user.ts'
import { groupsMoved, isIn } from './membership.ts'

/*
 * What goes with whoever goes, in one commit. Of whatever names a user or a group, a later family takes the name out here.
 * The audit keeps names of its own.
 */

export const withoutUser = (user: User, live: Live): Changes => ({
  ...withoutPolicies(live, (policy) => policy.subjectType === 'user' && isMeant(user, policy)),
  groups: groupsMoved(user, undefined, live),
  signedOut: [user.id],
  removed: { users: [user] },
})

export const withoutGroup = (group: Group, live: Live): Changes => ({
  ...withoutPolicies(live, ({ subjectType, subjectId }) => subjectType === 'group' && subjectId === group.id),
  users: [...live.users.values()]
    .filter(isIn(group.id))
    .map((user) => ({ ...user, groupIds: user.groupIds.filter((id) => id !== group.id) })),
  removed: { groups: [group] },
})

/** The others keep their order and their ids. */
function withoutPolicies(
  { policyBook }: Live,
  isOver: (policy: AccessPolicy) => boolean,
): { readonly policyBooks?: readonly PolicyBook[] } {
  const policies = policyBook.policies.filter((each) => !isOver(each))
  return policies.length === policyBook.policies.length ? {} : { policyBooks: [{ ...policyBook, policies }] }
}

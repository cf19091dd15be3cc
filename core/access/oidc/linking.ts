import { ok, type Result, refuse } from '../../result.ts'
import { ownerObstacle } from '../accounts/ownership.ts'
import type { User } from '../user.ts'
import type { Identity } from './claims.ts'

/** Which account an identity is: one of those that are there, or none yet. Two people are never made one. */
export function accountOf(identity: Identity, users: Iterable<User>): Result<User | undefined> {
  let own: User | undefined
  let sameEmail: User | undefined
  for (const user of users) {
    if (user.provider === 'oidc' && user.externalId === identity.externalId) own = user
    if (user.email === identity.email) sameEmail = user
  }
  const adopted = sameEmail?.provider === 'oidc' && sameEmail.externalId === undefined ? sameEmail : undefined
  const account = own ?? adopted
  if (sameEmail && sameEmail.id !== account?.id) return refuse('forbidden', 'oidc_email_conflict')
  if (account?.disabledAt !== undefined) return refuse('forbidden', 'user_disabled')
  return ok(account)
}

/** The account as the provider would have it. What an administrator granted here stays: no claim speaks of it. */
export function claimed(user: User, { externalId, email, name, roles, groups }: Identity): User {
  return { ...user, externalId, email, name, roles, groupIds: groups.map(({ id }) => id) }
}

/** Without an owner nobody could make one: the last who can still sign in stays one, whatever its claims. */
export const withLastOwner = (after: User, before: User | undefined, users: Iterable<User>): User =>
  before && ownerObstacle(before, before, after, users) === 'last_owner'
    ? { ...after, roles: ['owner', ...after.roles] }
    : after

/** Whether anything is different that is worth a new version of it. Order means nothing. */
export function isChanged(before: User, after: User): boolean {
  const sorted = (list: readonly string[]) => [...list].sort().join('\n')
  return (
    (['externalId', 'email', 'name'] as const).some((key) => before[key] !== after[key]) ||
    (['roles', 'groupIds'] as const).some((key) => sorted(before[key]) !== sorted(after[key]))
  )
}

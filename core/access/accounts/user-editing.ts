import type { GroupId, UserId } from '../../ids.ts'
import { operation, type View } from '../../operation.ts'
import { saved } from '../../ports/storage.ts'
import { type Careful, refusedStale } from '../../precondition.ts'
import { invalid, ok, type Refusal, refuse } from '../../result.ts'
import { type Role, roleHolds } from '../permission.ts'
import type { Grant } from '../rule.ts'
import { type User, userTarget } from '../user.ts'
import { withoutUser } from './departure.ts'
import { GROUPS_MAX } from './group.ts'
import { groupsMoved, inGroups, missingGroups, seesGroup, userSnapshot } from './membership.ts'
import { closingObstacle, ownerObstacle, refuseFor, withAnotherPassword } from './ownership.ts'
import type { OfUser } from './user-reading.ts'

/** Replaces all that an account may do. What is named twice is meant once. */
export interface AskedAccess {
  readonly roles: readonly Role[]
  readonly groupIds: readonly GroupId[]
  readonly resourceGrants: readonly Grant[]
}

export interface NewUser extends AskedAccess {
  readonly email: string
  readonly name: string
  readonly password: string
}

const one = { type: 'user', param: 'userId' } as const

export const createUser = operation({
  audience: 'user',
  permission: 'auth:manage',
  audit: 'auth.users.create',
  target: { type: 'auth' },

  async run({ email: said, name, password, ...asked }: NewUser, view) {
    const { live, stores, passwords, ids, mark } = view
    const email = said.toLowerCase()
    const about = { target: { type: 'user', name: email }, details: { email, provider: 'local' } }
    const blank = { id: ids.uuid() as UserId, version: 0, email, name, provider: 'local', createdAt: mark.at } as const
    const user: User = { ...blank, ...accessOf(asked) }
    const refusal = hiddenGroup(user.groupIds, view) ?? refusedFor(undefined, user, view)
    if (refusal) return { ...refusal, ...about }
    // The store knows of those too that another controller has made.
    if (await stores.users.findByEmail(email)) return refuse('conflict', 'user_exists', about)

    const created = { ...user, passwordHash: await passwords.hash(password) }
    const made = missingGroups(likeIds(user.groupIds), live, mark.at)
    const value = inGroups(saved(created), view, made)
    return ok({
      value,
      changes: { users: [created], groups: groupsMoved(undefined, user, live, made) },
      target: userTarget(user),
      details: about.details,
      after: userSnapshot(value),
    })
  },
})

export const updateUserAccess = operation({
  audience: 'user',
  permission: 'auth:manage',
  audit: 'auth.users.access.update',
  target: one,

  run({ userId, ...asked }: OfUser & AskedAccess & Careful, view) {
    const { live, mark, caller } = view
    const access = accessOf(asked)
    const keepsManaging = access.roles.some((role) => roleHolds(role, 'auth:manage'))
    if (caller.type === 'user' && caller.user.id === userId && !keepsManaging) {
      return refuse('invalid', 'self_auth_manage_required')
    }
    const before = live.users.get(userId)
    if (!before) return refuse('not_found', 'user_not_found')
    // Groups that a policy hides from the caller are not its to take away.
    const hidden = before.groupIds.filter((id) => !seesGroup(id, view))
    const after = { ...before, ...access, groupIds: [...hidden, ...access.groupIds] }
    const refusal =
      stale(before, asked) ??
      tooMany(before, access) ??
      hiddenGroup(access.groupIds, view) ??
      refusedFor(before, after, view)
    if (refusal) return { ...refusal, target: userTarget(before) }
    const made = missingGroups(likeIds(access.groupIds), live, mark.at)
    const value = inGroups(saved(after), view, made)
    return ok({
      value,
      changes: { users: [after], groups: groupsMoved(before, after, live, made) },
      target: userTarget(before),
      before: userSnapshot(inGroups(before, view)),
      after: userSnapshot(value),
    })
  },
})

/** The old password ends, and with it every session, the caller's own included. */
export const resetPassword = operation({
  audience: 'user',
  permission: 'auth:manage',
  audit: 'auth.users.password.reset',
  target: one,

  async run({ userId, password, ...careful }: OfUser & Careful & { readonly password: string }, view) {
    const before = view.live.users.get(userId)
    if (!before) return refuse('not_found', 'user_not_found')
    const target = userTarget(before)
    const refusal = stale(before, careful) ?? refusedFor(before, withAnotherPassword(before), view)
    if (refusal) return { ...refusal, target }
    if (before.provider !== 'local') return refuse('conflict', 'non_local_user_password_unavailable', { target })
    const after = { ...before, passwordHash: await view.passwords.hash(password) }
    const value = inGroups(saved(after), view)
    return ok({
      value,
      changes: { users: [after], signedOut: [userId] },
      target,
      details: { sessionsRevoked: true },
      before: userSnapshot(inGroups(before, view)),
      after: userSnapshot(value),
    })
  },
})

/** An account that is disabled again is so since now; one that is enabled and was so already stays as it is. */
export const setUserStatus = operation({
  audience: 'user',
  permission: 'auth:manage',
  audit: 'auth.users.status.update',
  target: one,

  run({ userId, disabled, ...careful }: OfUser & Careful & { readonly disabled: boolean }, view) {
    const refused = disabled ? refusedClosing('disable', userId, view) : undefined
    if (refused) return refused
    const before = view.live.users.get(userId)
    if (!before) return refuse('not_found', 'user_not_found')
    const { disabledAt, ...enabled } = before
    const after: User = disabled ? { ...enabled, disabledAt: view.mark.at } : enabled
    const refusal = stale(before, careful) ?? refusedFor(before, after, view)
    if (refusal) return { ...refusal, target: userTarget(before) }
    const changed = disabled || disabledAt !== undefined
    const value = inGroups(changed ? saved(after) : after, view)
    return ok({
      value,
      ...(changed && { changes: { users: [after], ...(disabled && { signedOut: [userId] }) } }),
      target: userTarget(before),
      details: { disabled, sessionsRevoked: disabled },
      before: userSnapshot(inGroups(before, view)),
      after: userSnapshot(value),
    })
  },
})

export const deleteUser = operation({
  audience: 'user',
  permission: 'auth:manage',
  audit: 'auth.users.delete',
  target: one,

  run({ userId }: OfUser, view) {
    const refused = refusedClosing('delete', userId, view)
    if (refused) return refused
    const user = view.live.users.get(userId)
    if (!user) return refuse('not_found', 'user_not_found')
    const refusal = refusedFor(user, undefined, view)
    if (refusal) return { ...refusal, target: userTarget(user) }
    return ok({
      value: null,
      changes: withoutUser(user, view.live),
      target: userTarget(user),
      details: { email: user.email, sessionsRevoked: true },
      before: userSnapshot(inGroups(user, view)),
    })
  },
})

const accessOf = ({ roles, groupIds, resourceGrants }: AskedAccess): Pick<User, 'roles' | 'groupIds' | 'grants'> => ({
  roles: [...new Set(roles)],
  groupIds: [...new Set(groupIds)],
  grants: [
    ...new Map(resourceGrants.map((grant) => [JSON.stringify([grant.resourceType, grant.resourceId]), grant])).values(),
  ],
})

const stale = (user: User, asked: Careful) => refusedStale(user, asked, 'user_changed')

/** What it is in already was not too much then, so whatever was shown may be sent back. */
function tooMany({ groupIds }: User, asked: Pick<User, 'groupIds'>): Refusal | undefined {
  const held = new Set(groupIds)
  if (asked.groupIds.filter((id) => !held.has(id)).length <= GROUPS_MAX) return undefined
  return invalid([{ code: 'maxLength', path: ['groupIds'], message: `at most ${GROUPS_MAX} that it is not in yet` }])
}

/** A group that is made because somebody is put in it is called like its id. */
const likeIds = (ids: readonly GroupId[]) => ids.map((id) => ({ id, name: id }))

/** Whether it exists or not: that is not for the caller to learn. */
const hiddenGroup = (ids: readonly GroupId[], view: View): Refusal | undefined =>
  ids.every((id) => seesGroup(id, view)) ? undefined : refuse('forbidden', 'access_policy_denied')

function refusedFor(before: User | undefined, after: User | undefined, { caller, live }: View): Refusal | undefined {
  const obstacle = caller.type === 'user' ? ownerObstacle(caller.user, before, after, live.users.values()) : undefined
  return obstacle && refuseFor(obstacle)
}

function refusedClosing(deed: 'disable' | 'delete', id: UserId, { caller }: View): Refusal | undefined {
  const obstacle = caller.type === 'user' ? closingObstacle(deed, id, caller.user.id) : undefined
  return obstacle && refuse('invalid', obstacle)
}

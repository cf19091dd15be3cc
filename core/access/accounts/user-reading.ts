import type { UserId } from '../../ids.ts'
import { operation, type View } from '../../operation.ts'
import { type Page, pageOf } from '../../page.ts'
import { ok, refuse } from '../../result.ts'
import { type ActionState, type Offer, offerAll } from '../action.ts'
import { type User, userTarget } from '../user.ts'
import { inGroups, type UserInGroups, usersSeen } from './membership.ts'
import { closingObstacle, ownerObstacle, withAnotherPassword } from './ownership.ts'

export interface OfUser {
  readonly userId: UserId
}

export interface UserActions extends UserInGroups {
  readonly actions: Readonly<Record<string, ActionState>>
}

export const listUsers = operation({
  audience: 'user',
  permission: 'auth:manage',
  audit: 'auth.users.read',
  target: { type: 'auth' },
  fold: 'read',

  run({ page }: { readonly page: Page }, view) {
    const found = pageOf(usersSeen(view), page)
    const items = found.items.map((user) => inGroups(user, view))
    return ok({ value: { page, found: { ...found, items } }, details: { count: items.length, total: found.total } })
  },
})

/** Two routes give the same, each under a name of its own in the audit. */
const reading = (audit: string) =>
  operation({
    audience: 'user',
    permission: 'auth:manage',
    audit,
    target: { type: 'user', param: 'userId' },
    fold: 'read',

    run({ userId }: OfUser, view) {
      const { live, caller } = view
      const user = live.users.get(userId)
      if (!user || caller.type !== 'user') return refuse('not_found', 'user_not_found')
      const actions = offerAll(
        offersFor(user, caller.user, view),
        caller.user,
        live.kinOf(userTarget(user)),
        live.rules,
      )
      const value: UserActions = { ...inGroups(user, view), actions }
      return ok({ value, target: userTarget(user) })
    },
  })

export const readUser = reading('auth.users.detail.read')
export const readUserActions = reading('auth.users.actions.read')

/** What is offered is what would be let through: the obstacles are those of the deeds themselves. */
function offersFor(user: User, caller: User, { live, mark }: View): Record<string, Offer> {
  const one = `/api/v1/auth/users/${user.id}`
  const manage = { permission: 'auth:manage' } as const
  const ifItWere = (after: User | undefined) => ownerObstacle(caller, user, after, live.users.values())
  const { disabledAt, ...enabled } = user
  const closing = (deed: 'disable' | 'delete') => closingObstacle(deed, user.id, caller.id)
  const disabled = disabledAt === undefined ? undefined : 'user_already_disabled'
  return {
    delete: { ...manage, method: 'DELETE', href: one, obstacle: closing('delete') ?? ifItWere(undefined) },
    detail: { ...manage, method: 'GET', href: one },
    disable: {
      ...manage,
      method: 'PATCH',
      href: `${one}/status`,
      payload: { disabled: true },
      obstacle: closing('disable') ?? disabled ?? ifItWere({ ...user, disabledAt: mark.at }),
    },
    enable: {
      ...manage,
      method: 'PATCH',
      href: `${one}/status`,
      payload: { disabled: false },
      obstacle: disabled === undefined ? 'user_already_enabled' : ifItWere(enabled),
    },
    resetPassword: {
      ...manage,
      method: 'PATCH',
      href: `${one}/password`,
      obstacle: user.provider === 'local' ? ifItWere(withAnotherPassword(user)) : 'non_local_user_password_unavailable',
    },
    updateAccess: { ...manage, method: 'PATCH', href: `${one}/access` },
  }
}

import type { UserId } from '../../ids.ts'
import { type Refusal, refuse } from '../../result.ts'
import { BOOTSTRAP_OWNER_ID, type User } from '../user.ts'

export type OwnerObstacle = 'owner_required' | 'last_owner'

/**
 * Why an account may not become what is asked: only an owner makes one, unmakes one, or touches how one gets in; and there
 * is always an owner left who can. What is new was nothing before, and what is deleted is nothing after.
 */
export function ownerObstacle(
  caller: User,
  before: User | undefined,
  after: User | undefined,
  everyone: Iterable<User>,
): OwnerObstacle | undefined {
  if (touchesOwner(before, after) && !isOwner(caller)) return 'owner_required'
  if (!canOwn(before) || canOwn(after)) return undefined
  for (const each of everyone) if (each.id !== before?.id && canOwn(each)) return undefined
  return 'last_owner'
}

/** As it would be once somebody has set its password: so it is asked what stands in the way. */
export const withAnotherPassword = (user: User): User => ({ ...user, passwordHash: 'another' })

const isOwner = (user: User | undefined): boolean => user?.roles.includes('owner') ?? false
const canOwn = (user: User | undefined): boolean => isOwner(user) && user?.disabledAt === undefined

const touchesOwner = (before: User | undefined, after: User | undefined): boolean =>
  isOwner(before) !== isOwner(after) ||
  (isOwner(before) && (before?.disabledAt !== after?.disabledAt || before?.passwordHash !== after?.passwordHash))

/** Nobody shuts itself out, and the account that came with the controller stays. */
export function closingObstacle<Deed extends 'disable' | 'delete'>(deed: Deed, id: UserId, caller: UserId) {
  if (id === caller) return `self_${deed}_denied` as const
  return id === BOOTSTRAP_OWNER_ID ? (`local_admin_${deed}_denied` as const) : undefined
}

export const refuseFor = (obstacle: OwnerObstacle): Refusal =>
  refuse(obstacle === 'owner_required' ? 'forbidden' : 'conflict', obstacle, { shown: { reason: obstacle } })

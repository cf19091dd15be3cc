import type { GroupId, UserId } from '../ids.ts'
import { type Permission, type Role, roleHolds } from './permission.ts'
import type { AccessPolicy, Grant } from './rule.ts'

/** Somebody who asks. */
export interface Subject {
  readonly id: UserId
  readonly email: string
  readonly roles: readonly Role[]
  readonly groupIds: readonly GroupId[]
  readonly grants: readonly Grant[]
}

export const holds = (subject: Subject, permission: Permission): boolean =>
  subject.roles.some((role) => roleHolds(role, permission))

/** These need no grant. A deny binds them all the same. */
export const isUnrestricted = (role: Role): boolean => role === 'owner' || role === 'admin'

/** A policy for a user or a group that does not say which one means nobody. */
export function isMeant(subject: Subject, { subjectType, subjectId }: AccessPolicy): boolean {
  if (subjectType === 'everyone') return true
  if (subjectId === undefined) return false
  if (subjectType === 'user') return subjectId === subject.id || subjectId === subject.email
  return isMember(subject, subjectId)
}

/** Asked with a plain string: what a rule names need not be a group at all. */
export const isMember = ({ groupIds }: { readonly groupIds: readonly string[] }, name: string): boolean =>
  groupIds.includes(name)

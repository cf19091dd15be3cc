import type { GroupId, Instant, UserId } from '../../ids.ts'
import type { Live } from '../../live.ts'
import type { View } from '../../operation.ts'
import { iso } from '../../time.ts'
import type { Group, User } from '../user.ts'

type Looking = Pick<View, 'live' | 'covers'>

/** A user with the groups it is in, as every answer about a user shows it. */
export interface UserInGroups {
  readonly user: User
  readonly groups: readonly Group[]
}

/** `made` are groups that come into being with this very change. */
export const inGroups = (user: User, view: Looking, made: readonly Group[] = []): UserInGroups => ({
  user,
  groups: groupsOf(user, view.live, made).filter(({ id }) => seesGroup(id, view)),
})

export const groupsOf = ({ groupIds }: User, { groups }: Live, made: readonly Group[] = []): readonly Group[] =>
  groupIds.flatMap((id) => groups.get(id) ?? made.find((each) => each.id === id) ?? [])

/** What the audit keeps of an account, before and after: groups too, as far as the caller may see them. */
export const userSnapshot = ({ user, groups }: UserInGroups) => ({
  ...(user.disabledAt !== undefined && { disabledAt: iso(user.disabledAt) }),
  groups: groups.map(({ id, name }) => ({ id, name })),
  resourceGrants: user.grants,
  roles: user.roles,
})

/**
 * Whoever joins a group or leaves it saves it as it stands: it is another one then for whoever has read who is in it, or is
 * about to remove it. `made` are saved in any case.
 */
export function groupsMoved(
  before: User | undefined,
  after: User | undefined,
  { groups }: Live,
  made: readonly Group[] = [],
): readonly Group[] {
  const [was, is] = [before?.groupIds ?? [], after?.groupIds ?? []]
  const moved = [...was.filter((id) => !is.includes(id)), ...is.filter((id) => !was.includes(id))]
  return [...moved.flatMap((id) => groups.get(id) ?? []), ...made]
}

/** A group with those in it. */
export interface GroupWithMembers {
  readonly group: Group
  readonly members: readonly User[]
}

export const withMembers = (group: Group, view: Looking): GroupWithMembers => ({
  group,
  members: usersSeen(view).filter(isIn(group.id)),
})

export const isIn =
  (id: GroupId) =>
  ({ groupIds }: User): boolean =>
    groupIds.includes(id)

/** No two share one. */
export const byEmail = (a: User, b: User): number => (a.email < b.email ? -1 : 1)

/** By email. Whoever a policy hides from the caller is not there for it. */
export const usersSeen = (view: Looking): readonly User[] =>
  [...view.live.users.values()].filter(({ id }) => seesUser(id, view)).sort(byEmail)

/** By name, then id. */
export const groupsSeen = (view: Looking): readonly Group[] =>
  [...view.live.groups.values()]
    .filter(({ id }) => seesGroup(id, view))
    .sort((a, b) => (a.name === b.name ? (a.id < b.id ? -1 : 1) : a.name < b.name ? -1 : 1))

export const seesUser = (id: string, { covers }: Looking): boolean => covers({ type: 'user', id })
export const seesGroup = (id: string, { covers }: Looking): boolean => covers({ type: 'group', id })

/** Those that can be found under these ids, each once, and the ids under which there is nobody. */
export function membersNamed(ids: readonly UserId[], view: Looking) {
  const asked = [...new Set(ids)]
  const members = asked.flatMap((id) => (seesUser(id, view) ? (view.live.users.get(id) ?? []) : []))
  const known = new Set(members.map(({ id }) => id))
  return { members, unknown: asked.filter((id) => !known.has(id)) }
}

/** Those that are not there yet. One that is keeps its name, whatever it is called here. */
export const missingGroups = (
  named: readonly Pick<Group, 'id' | 'name'>[],
  { groups }: Live,
  at: Instant,
): readonly Group[] =>
  named.flatMap(({ id, name }) => (groups.has(id) ? [] : { id, version: 0, name, createdAt: at, updatedAt: at }))

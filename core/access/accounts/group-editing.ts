import type { UserId } from '../../ids.ts'
import { operation } from '../../operation.ts'
import { saved } from '../../ports/storage.ts'
import { type Careful, refusedStale } from '../../precondition.ts'
import { ok, type Refusal, refuse } from '../../result.ts'
import type { Group } from '../user.ts'
import { withoutGroup } from './departure.ts'
import { groupIdOf } from './group.ts'
import { groupTarget, type OfGroup } from './group-reading.ts'
import { byEmail, type GroupWithMembers, isIn, membersNamed, withMembers } from './membership.ts'

export interface NewGroup {
  readonly name: string
  readonly description?: string
  readonly memberIds: readonly UserId[]
}

/** Null, and blank text, take the description away; what is absent stays. */
export interface GroupAmendment {
  readonly name?: string
  readonly description?: string | null
}

const one = { type: 'group', param: 'groupId' } as const

export const createGroup = operation({
  audience: 'user',
  permission: 'auth:manage',
  audit: 'auth.groups.create',
  target: { type: 'auth' },

  run({ name, description, memberIds }: NewGroup, view) {
    const { live, ids, mark } = view
    const { members, unknown } = membersNamed(memberIds, view)
    if (unknown.length > 0) return refuseUnknown(unknown)
    const id = groupIdOf(
      name,
      (each) => live.groups.has(each),
      () => ids.uuid().slice(-12),
    )
    const group = described({ id, version: 0, name, createdAt: mark.at, updatedAt: mark.at }, description)
    const users = members.map((user) => ({ ...user, groupIds: [...user.groupIds, id] }))
    return ok({
      value: { group: saved(group), members: users.toSorted(byEmail) },
      changes: { groups: [group], users },
      target: groupTarget(group),
      details: { memberCount: users.length },
      after: snapshot({ group, members: users }),
    })
  },
})

export const updateGroup = operation({
  audience: 'user',
  permission: 'auth:manage',
  audit: 'auth.groups.update',
  target: one,

  run({ groupId, name, description, ...careful }: OfGroup & GroupAmendment & Careful, view) {
    const before = view.live.groups.get(groupId)
    if (!before) return refuse('not_found', 'group_not_found')
    const stale = refusedStale(before, careful, 'group_changed')
    if (stale) return stale
    const renamed = { ...before, name: name ?? before.name, updatedAt: view.mark.at }
    const group = description === undefined ? renamed : described(renamed, description)
    const found = withMembers(saved(group), view)
    return ok({
      value: found,
      changes: { groups: [group] },
      target: groupTarget(group),
      details: { memberCount: found.members.length },
      before: snapshot({ ...found, group: before }),
      after: snapshot(found),
    })
  },
})

/** The group is saved with its members, so that of two lists at once one stands as a whole. */
export const replaceGroupMembers = operation({
  audience: 'user',
  permission: 'auth:manage',
  audit: 'auth.groups.members.update',
  target: one,

  run({ groupId, memberIds, ...careful }: OfGroup & Careful & { readonly memberIds: readonly UserId[] }, view) {
    const { live, mark } = view
    const { members, unknown } = membersNamed(memberIds, view)
    if (unknown.length > 0) return refuseUnknown(unknown)
    const found = live.groups.get(groupId)
    if (!found) return refuse('not_found', 'group_not_found')
    const stale = refusedStale(found, careful, 'group_changed')
    if (stale) return stale

    const group = { ...found, updatedAt: mark.at }
    const before = withMembers(found, view)
    const asked = new Set(members.map(({ id }) => id))
    const joining = members
      .filter((user) => !isIn(groupId)(user))
      .map((user) => ({ ...user, groupIds: [...user.groupIds, groupId] }))
    // Whom a policy hides from the caller, it cannot put out.
    const leaving = before.members.filter(({ id }) => !asked.has(id))
    const staying = before.members.filter(({ id }) => asked.has(id))
    const after = { group: saved(group), members: [...staying, ...joining].sort(byEmail) }
    const left = leaving.map((user) => ({ ...user, groupIds: user.groupIds.filter((id) => id !== groupId) }))
    return ok({
      value: after,
      changes: { groups: [group], users: [...joining, ...left] },
      target: groupTarget(group),
      details: { memberCount: after.members.length },
      before: snapshot(before),
      after: snapshot(after),
    })
  },
})

export const deleteGroup = operation({
  audience: 'user',
  permission: 'auth:manage',
  audit: 'auth.groups.delete',
  target: one,

  run({ groupId }: OfGroup, view) {
    const group = view.live.groups.get(groupId)
    if (!group) return refuse('not_found', 'group_not_found')
    const found = withMembers(group, view)
    return ok({
      value: { id: group.id, name: group.name },
      changes: withoutGroup(group, view.live),
      target: groupTarget(group),
      details: { memberCount: found.members.length, schedulesUpdated: 0 },
      before: snapshot(found),
    })
  },
})

/** Whoever acted reads its own entry: it holds no more members than the caller may see, as the answer does. */
const snapshot = ({ group: { id, name, description }, members }: GroupWithMembers) => ({
  id,
  name,
  ...(description !== undefined && { description }),
  memberIds: members.map((user) => user.id),
})

function described({ description: _, ...group }: Group, description: string | null | undefined): Group {
  return description ? { ...group, description } : group
}

const refuseUnknown = (unknownMemberIds: readonly UserId[]): Refusal =>
  refuse('invalid', 'unknown_member', {
    shown: { unknownMemberIds },
    details: { unknownMemberCount: unknownMemberIds.length },
  })

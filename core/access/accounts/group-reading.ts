import type { GroupId } from '../../ids.ts'
import { operation } from '../../operation.ts'
import { type Page, pageOf } from '../../page.ts'
import { ok, refuse } from '../../result.ts'
import { type ActionState, type Offer, offerAll } from '../action.ts'
import type { Group } from '../user.ts'
import { type GroupWithMembers, groupsSeen, usersSeen, withMembers } from './membership.ts'

export interface OfGroup {
  readonly groupId: GroupId
}

/** A group as a list shows it. */
export interface CountedGroup {
  readonly group: Group
  readonly memberCount: number
}

export interface GroupActions extends GroupWithMembers {
  readonly actions: Readonly<Record<string, ActionState>>
}

export const groupTarget = ({ id, name }: Group) => ({ type: 'group', id, name })

export const listGroups = operation({
  audience: 'user',
  permission: 'auth:manage',
  audit: 'auth.groups.read',
  target: { type: 'auth' },
  fold: 'read',

  run({ page }: { readonly page: Page }, view) {
    const counts = new Map<string, number>()
    for (const { groupIds } of usersSeen(view)) for (const id of groupIds) counts.set(id, (counts.get(id) ?? 0) + 1)
    const found = pageOf(groupsSeen(view), page)
    const items: readonly CountedGroup[] = found.items.map((group) => ({
      group,
      memberCount: counts.get(group.id) ?? 0,
    }))
    return ok({ value: { page, found: { ...found, items } }, details: { count: items.length, total: found.total } })
  },
})

export const readGroup = operation({
  audience: 'user',
  permission: 'auth:manage',
  audit: 'auth.groups.detail.read',
  target: { type: 'group', param: 'groupId' },
  fold: 'read',

  run({ groupId }: OfGroup, view) {
    const { live, caller } = view
    const group = live.groups.get(groupId)
    if (!group || caller.type !== 'user') return refuse('not_found', 'group_not_found')
    const target = groupTarget(group)
    const actions = offerAll(offersFor(group), caller.user, live.kinOf(target), live.rules)
    const value: GroupActions = { ...withMembers(group, view), actions }
    return ok({ value, target, details: { memberCount: value.members.length } })
  },
})

function offersFor({ id }: Group): Record<string, Offer> {
  const one = `/api/v1/auth/groups/${encodeURIComponent(id)}`
  const manage = { permission: 'auth:manage' } as const
  return {
    delete: { ...manage, method: 'DELETE', href: one },
    detail: { ...manage, method: 'GET', href: one },
    updateGroup: { ...manage, method: 'PATCH', href: one },
    updateMembers: { ...manage, method: 'PUT', href: `${one}/members` },
  }
}

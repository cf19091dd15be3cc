import { createGroup, deleteGroup, replaceGroupMembers, updateGroup } from '../../core/access/accounts/group-editing.ts'
import {
  type CountedGroup,
  type GroupActions,
  listGroups,
  readGroup,
} from '../../core/access/accounts/group-reading.ts'
import type { GroupWithMembers } from '../../core/access/accounts/membership.ts'
import { pageMeta } from '../../core/page.ts'
import { iso } from '../../core/time.ts'
import { type } from '../system/type.ts'
import { get, patch, post, put, type Route, remove } from './route.ts'
import { groupId, lenientPage, text, userId, writable } from './schemas.ts'
import { versionTag } from './version-tag.ts'

const memberIds = text(1, 160).to(userId).array().atMostLength(1024).readonly()

const newGroup = type({
  name: writable(1, 160),
  'description?': writable(0, 2000),
  memberIds: memberIds.default(() => []),
}).onUndeclaredKey('reject')

const amendment = type({ groupId, 'name?': writable(1, 160), 'description?': writable(0, 2000).or('null') })
  .onUndeclaredKey('reject')
  .narrow(
    ({ name, description }, context) =>
      name !== undefined || description !== undefined || context.mustBe('a change of something'),
  )

const ofGroup = type({ groupId })

const tag = versionTag('group')
const tagged = { headers: ({ group }: GroupWithMembers) => tag.of(group) }
const edited = { ...tagged, besides: tag.asked, reply: groupReply }

export const groupRoutes: readonly Route[] = [
  get('/auth/groups', listGroups, {
    input: lenientPage,
    body: ({ page, found }) => ({ data: found.items.map(summaryReply), meta: pageMeta(page, found) }),
  }),
  post('/auth/groups', createGroup, {
    input: newGroup,
    status: 201,
    wording: 'Invalid group',
    ...tagged,
    reply: groupReply,
  }),
  get('/auth/groups/:groupId', readGroup, { input: ofGroup, ...tagged, reply: detailReply }),
  patch('/auth/groups/:groupId', updateGroup, { input: amendment, wording: 'Invalid group', ...edited }),
  put('/auth/groups/:groupId/members', replaceGroupMembers, {
    input: type({ groupId, memberIds }).onUndeclaredKey('reject'),
    wording: 'Invalid group members',
    ...edited,
  }),
  remove('/auth/groups/:groupId', deleteGroup, { input: ofGroup }),
]

function summaryReply({ group: { id, name, description, createdAt, updatedAt }, memberCount }: CountedGroup) {
  return {
    id,
    name,
    memberCount,
    ...(description !== undefined && { description }),
    createdAt: iso(createdAt),
    updatedAt: iso(updatedAt),
  }
}

function groupReply({ group, members }: GroupWithMembers) {
  return {
    ...summaryReply({ group, memberCount: members.length }),
    members: members.map(({ id, email, name }) => ({ id, email, name })),
  }
}

function detailReply({ actions, ...found }: GroupActions) {
  const one = `/api/v1/auth/groups/${encodeURIComponent(found.group.id)}`
  return {
    group: groupReply(found),
    actions,
    links: { delete: one, detail: one, members: `${one}/members`, update: one },
  }
}

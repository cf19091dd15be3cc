import { GROUPS_MAX } from '../../core/access/accounts/group.ts'
import type { UserInGroups } from '../../core/access/accounts/membership.ts'
import {
  type AskedAccess,
  createUser,
  deleteUser,
  resetPassword,
  setUserStatus,
  updateUserAccess,
} from '../../core/access/accounts/user-editing.ts'
import { listUsers, readUser, readUserActions, type UserActions } from '../../core/access/accounts/user-reading.ts'
import { roles } from '../../core/access/permission.ts'
import { pageMeta } from '../../core/page.ts'
import { type } from '../system/type.ts'
import { userReply } from './access-routes.ts'
import { get, patch, post, type Route, remove } from './route.ts'
import { groupId, lenientPage, userId, writable } from './schemas.ts'
import { versionTag } from './version-tag.ts'

const password = type('8 <= string <= 200')
const grant = type({ '+': 'delete', resourceType: writable(1, 80), resourceId: writable(1, 160) })

const groupIds = writable(1, 120).to(groupId).array()

/** Lists may name a thing twice; they are bounded all the same. */
const access = {
  roles: type
    .enumerated(...roles)
    .array()
    .atLeastLength(1)
    .atMostLength(64)
    .readonly(),
  groupIds: groupIds
    .atMostLength(GROUPS_MAX)
    .readonly()
    .default(() => []),
  resourceGrants: grant
    .array()
    .atMostLength(1000)
    .readonly()
    .default(() => []),
} satisfies Record<keyof AskedAccess, unknown>

const newUser = type({
  email: type('string.trim').to('string.email <= 254'),
  name: writable(1, 160),
  password,
  ...access,
}).onUndeclaredKey('reject')

/** Of groups, those that the account is in already are not counted; a body is bounded all the same. */
const newAccess = type({ userId, ...access, groupIds: groupIds.readonly().default(() => []) }).onUndeclaredKey('reject')

const ofUser = type({ userId })

const tag = versionTag('user')
const tagged = { headers: ({ user }: UserInGroups) => tag.of(user) }
const edited = { ...tagged, besides: tag.asked, reply: userReply }

export const userRoutes: readonly Route[] = [
  get('/auth/users', listUsers, {
    input: lenientPage,
    body: ({ page, found }) => ({ data: found.items.map(userReply), meta: pageMeta(page, found) }),
  }),
  post('/auth/users', createUser, {
    input: newUser,
    status: 201,
    wording: 'Invalid local user',
    ...tagged,
    reply: userReply,
  }),
  get('/auth/users/:userId', readUser, { input: ofUser, ...tagged, reply: detailReply }),
  get('/auth/users/:userId/actions', readUserActions, { input: ofUser, ...tagged, reply: detailReply }),
  patch('/auth/users/:userId/access', updateUserAccess, {
    input: newAccess,
    wording: 'Invalid user access',
    ...edited,
  }),
  patch('/auth/users/:userId/password', resetPassword, {
    input: type({ '+': 'delete', userId, password }),
    wording: 'Invalid password',
    ...edited,
  }),
  patch('/auth/users/:userId/status', setUserStatus, {
    input: type({ '+': 'delete', userId, disabled: 'boolean' }),
    wording: 'Invalid user status',
    ...edited,
  }),
  remove('/auth/users/:userId', deleteUser, { input: ofUser, status: 204 }),
]

function detailReply({ actions, ...found }: UserActions) {
  const one = `/api/v1/auth/users/${found.user.id}`
  return {
    user: userReply(found),
    actions,
    links: {
      access: `${one}/access`,
      actions: `${one}/actions`,
      delete: one,
      detail: one,
      password: `${one}/password`,
      status: `${one}/status`,
    },
  }
}

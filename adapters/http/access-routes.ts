import type { UserInGroups } from '../../core/access/accounts/membership.ts'
import { permissionsOf } from '../../core/access/permission.ts'
import { readSelf, signIn, signOut } from '../../core/access/sign-in/operations.ts'
import { listOwnSessions, type OwnSession, revokeOwnSession } from '../../core/access/sign-in/sessions.ts'
import { iso } from '../../core/time.ts'
import { type } from '../system/type.ts'
import { endedOidcState } from './oidc-routes.ts'
import { get, post, type Route, remove } from './route.ts'
import { sessionId } from './schemas.ts'

const login = type({ '+': 'delete', email: 'string.trim |> string.email <= 254', password: '1 <= string <= 1024' })
const nothing = type('object')
const oneSession = type({ sessionId })

export const accessRoutes: readonly Route[] = [
  post('/auth/login', signIn, {
    input: login,
    wording: 'Invalid login request',
    hidesIssues: true,
    headers: () => ({ 'cache-control': 'no-store' }),
    reply: ({ token, session, ...user }) => ({
      token,
      expiresAt: iso(session.expiresAt),
      sessionId: session.id,
      user: userReply(user),
    }),
  }),
  post('/auth/logout', signOut, {
    input: nothing,
    status: 204,
    headers: () => ({ 'set-cookie': endedOidcState }),
  }),
  get('/auth/me', readSelf, { input: nothing, reply: userReply }),
  get('/auth/sessions', listOwnSessions, { input: nothing, reply: (sessions) => sessions.map(sessionReply) }),
  remove('/auth/sessions/:sessionId', revokeOwnSession, { input: oneSession, status: 204 }),
]

const sessionReply = ({ session: { id, createdAt, expiresAt, ipAddress, userAgent }, current }: OwnSession) => ({
  id,
  createdAt: iso(createdAt),
  expiresAt: iso(expiresAt),
  current,
  ...(ipAddress !== undefined && { ipAddress }),
  ...(userAgent !== undefined && { userAgent }),
})

export function userReply({ user, groups }: UserInGroups) {
  const { id, email, name, provider, roles, grants, disabledAt } = user
  return {
    id,
    email,
    name,
    provider,
    roles,
    permissions: permissionsOf(roles),
    groups: groups.map((group) => ({ id: group.id, name: group.name })),
    resourceGrants: grants,
    ...(disabledAt !== undefined && { disabledAt: iso(disabledAt) }),
  }
}

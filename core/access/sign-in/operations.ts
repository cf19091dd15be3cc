import type { UserId } from '../../ids.ts'
import { operation, type View } from '../../operation.ts'
import { ok, refuse } from '../../result.ts'
import { inGroups, type UserInGroups } from '../accounts/membership.ts'
import { userActor } from '../actor.ts'
import { beginSession, type Session } from '../session.ts'
import { BOOTSTRAP_OWNER_ID, type User, userTarget } from '../user.ts'
import type { Attempt } from './login-throttle.ts'
import { networkOf, networksOf, widestOf } from './network.ts'

export interface Credentials {
  readonly email: string
  readonly password: string
}

export interface SignedIn extends UserInGroups {
  readonly session: Session
  readonly token: string
}

/**
 * Every failure takes one verification and looks the same, so that nobody learns who has an account; and so does having to
 * wait, before anything is verified.
 */
export const signIn = operation({
  audience: 'public',
  audit: 'auth.login',
  target: { type: 'user' },

  async run({ email, password }: Credentials, view) {
    const { stores, tokens, ids, logins, via, mark } = view
    const user = await stores.users.findByEmail(email.toLowerCase())
    const asTyped = { details: { email }, target: { type: 'user', name: email } }
    const attempt = attemptOf(email, user, view)
    const waitMs = logins.admit(attempt, mark.at)
    if (waitMs > 0) {
      const alike = { from: widestOf(attempt.networks), about: attempt.account }
      return refuse('too_many', 'rate_limited', { ...asTyped, alike, retryAfterSeconds: Math.ceil(waitMs / 1000) })
    }
    const known = await isPasswordOf(user, password, attempt, view)
    if (!user || !known) {
      const reason = user?.disabledAt === undefined ? 'invalid_credentials' : 'user_disabled'
      return refuse('unauthenticated', reason, asTyped)
    }

    const { session, token } = beginSession(user.id, { ids, tokens, at: mark.at, from: via })
    return ok({
      value: { session, token, ...inGroups(user, view) },
      changes: { sessions: [session] },
      actor: userActor(user),
      target: userTarget(user),
      details: { sessionId: session.id },
      after: { sessionId: session.id, expiresAt: session.expiresAt },
    })
  },
})

/** The same is looked up for everybody, and for nobody. */
function attemptOf(email: string, user: User | null, { live, logins, via, mark }: View): Attempt {
  const account = email.toLowerCase()
  if (via.ipAddress === undefined) return { account, familiar: false }
  const networks = networksOf(via.ipAddress)
  const [network] = networks
  const sessions = live.sessionsOf(user?.id ?? ('' as UserId), mark.at)
  const begunThere = sessions.some(({ ipAddress }) => ipAddress !== undefined && networkOf(ipAddress) === network)
  return { account, networks, familiar: begunThere || logins.knows(account, network) }
}

/** One verification, whoever it is; the attempt ends with it. */
async function isPasswordOf(
  user: User | null,
  password: string,
  attempt: Attempt,
  { logins, passwords, mark }: View,
): Promise<boolean> {
  const usable = user?.disabledAt === undefined ? user?.passwordHash : undefined
  const line = attempt.familiar ? 'known' : 'strangers'
  const known = await passwords.verify(usable, password, line).catch((error) => {
    logins.untried(attempt, mark.at)
    throw error
  })
  if (known) logins.succeeded(attempt, mark.at)
  else logins.failed(attempt, mark.at)
  return known
}

/** Whoever asks: a session that is presented ends, and nobody is told that there was none. */
export const signOut = operation({
  audience: 'public',
  audit: 'auth.logout',
  target: { type: 'user' },

  run(_: object, { caller, mark }) {
    if (caller.type !== 'user') return ok({ value: null })
    const { session, user } = caller
    return ok({
      value: null,
      changes: { sessions: [{ ...session, revokedAt: mark.at }] },
      target: userTarget(user),
      before: { sessionId: session.id },
      after: { sessionId: session.id, revokedAt: mark.at },
    })
  },
})

export const readSelf = operation({
  audience: 'user',
  audit: 'auth.me.read',
  target: { type: 'user' },

  run(_: object, view) {
    if (view.caller.type !== 'user') return refuse('unauthenticated', 'unauthenticated')
    const { user } = view.caller
    return ok({ value: inGroups(user, view), target: userTarget(user) })
  },
})

export interface NewOwner {
  readonly email: string
  readonly name: string
  /** Asked for only when the account is made. */
  password(): Promise<string>
}

/** Makes the owner's account where there is none yet. What it has become since is never overwritten. */
export const bootstrapOwner = operation({
  audience: 'system',
  audit: 'auth.users.bootstrap',
  target: { type: 'user' },

  async run({ email, name, password }: NewOwner, { live, passwords, mark }) {
    if (live.users.has(BOOTSTRAP_OWNER_ID)) return ok({ value: false, silent: true })
    const user: User = {
      id: BOOTSTRAP_OWNER_ID,
      version: 0,
      email: email.toLowerCase(),
      name,
      provider: 'local',
      passwordHash: await passwords.hash(await password()),
      roles: ['owner'],
      groupIds: [],
      grants: [],
      createdAt: mark.at,
    }
    const after = { email: user.email, roles: user.roles }
    return ok({ value: true, changes: { users: [user] }, target: userTarget(user), after })
  },
})

import type { UserId } from '../ids.ts'
import { operation } from '../operation.ts'
import { ok, refuse } from '../result.ts'
import { userActor } from './actor.ts'
import { inGroups, type UserInGroups } from './membership.ts'
import { beginSession, type Session } from './session.ts'
import type { User } from './user.ts'

export interface Credentials {
  readonly email: string
  readonly password: string
}

export interface SignedIn extends UserInGroups {
  readonly session: Session
  readonly token: string
}

/** Every failure takes one verification and looks the same, so that nobody learns who has an account. */
export const signIn = operation({
  audience: 'public',
  audit: 'auth.login',
  target: { type: 'user' },

  async run({ email, password }: Credentials, view) {
    const { stores, passwords, tokens, ids, mark } = view
    const user = await stores.users.findByEmail(email.toLowerCase())
    const usable = user?.disabledAt === undefined ? user?.passwordHash : undefined
    const known = await passwords.verify(usable, password)
    if (!user || !known) {
      const reason = user?.disabledAt === undefined ? 'invalid_credentials' : 'user_disabled'
      return refuse('unauthenticated', reason, { details: { email }, target: { type: 'user', name: email } })
    }

    const { session, token } = beginSession(user.id, { ids, tokens, at: mark.at })
    return ok({
      value: { session, token, ...inGroups(user, view) },
      changes: { sessions: [session] },
      actor: userActor(user),
      target: { type: 'user', id: user.id, name: user.email },
      details: { sessionId: session.id },
      after: { sessionId: session.id, expiresAt: session.expiresAt },
    })
  },
})

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
      target: { type: 'user', id: user.id, name: user.email },
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
    return ok({ value: inGroups(user, view), target: { type: 'user', id: user.id, name: user.email } })
  },
})

export const BOOTSTRAP_OWNER_ID = '00000000-0000-4000-8000-000000000001' as UserId

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
    const target = { type: 'user', id: user.id, name: user.email }
    return ok({ value: true, changes: { users: [user] }, target, after: { email: user.email, roles: user.roles } })
  },
})

import { asked, type Call, operation, type View } from '../../operation.ts'
import { perform } from '../../perform.ts'
import { ok, type Result, refuse } from '../../result.ts'
import type { World } from '../../world.ts'
import { groupsMoved, inGroups, missingGroups, userSnapshot } from '../accounts/membership.ts'
import { userActor } from '../actor.ts'
import type { PendingLogin } from '../pending-login.ts'
import { addressed, byId } from '../policy-book.ts'
import { beginSession, type Session } from '../session.ts'
import { type Group, type User, userTarget } from '../user.ts'
import { type Claims, groupsLeftOut, hasGroupsElsewhere, identityIn } from './claims.ts'
import { accountOf, claimed, isChanged, withLastOwner } from './linking.ts'

/** A browser that is back from the provider, with what it was sent away with. */
export interface Returning {
  /** What came in the address. */
  readonly query: string
  readonly state: string | undefined
  /** What the browser had kept for itself: nobody else can bring it. */
  readonly cookie: string | undefined
}

export interface Arrived {
  /** Where it was going; not known of a state that is not ours. */
  readonly returnTo?: string
  readonly result: Result<Recognised>
}

/**
 * Two steps through the door, for a code is good for one exchange, and a decision may be made several times. First the
 * state is used up, in a commit of its own: of two that bring the same only one gets further, and nothing brings it back,
 * whatever comes of the rest. Then the provider is asked, once; and what it says is decided on, as often as it takes.
 */
export async function arrive(returning: Returning, call: Call, world: World): Promise<Arrived> {
  const redeemed = await perform(redeemState, call, asked(returning), world)
  if (!redeemed.ok) return { result: redeemed }
  const { returnTo, ...secrets } = redeemed.value
  const vouched = await world.provider.exchange(returning.query, secrets)
  const said = { ...asked({}), input: async () => vouched }
  return { returnTo, result: await perform(recognise, call, said, world) }
}

const stateInvalid = refuse('invalid', 'oidc_state_invalid')

const redeemState = operation({
  audience: 'public',
  audit: 'auth.oidc.callback',
  target: { type: 'auth' },

  async run({ state, cookie }: Returning, { stores, tokens, mark }) {
    // Digests are compared: how far they agree says nothing of what they were made of.
    if (state === undefined || cookie === undefined || tokens.hash(state) !== tokens.hash(cookie)) return stateInvalid
    const pending = await stores.pendingLogins.find(tokens.hash(state))
    if (!pending || pending.expiresAt <= mark.at) return stateInvalid
    const { verifier, nonce, returnTo }: PendingLogin = pending
    const value = { state, verifier, nonce, returnTo }
    return ok({ value, changes: { removed: { pendingLogins: [pending] } }, silent: true })
  },
})

export interface Recognised {
  readonly user: User
  readonly session: Session
  readonly token: string
}

/** The provider has vouched for somebody: an account is found or made, is what its claims say, and is signed in. */
export const recognise = operation({
  audience: 'public',
  audit: 'auth.oidc.callback',
  target: { type: 'auth' },

  run(claims: Claims, view) {
    const { live, ids, tokens, via, mark } = view
    const identity = identityIn(claims, tokens.hash)
    if (!identity.ok) return identity
    const account = accountOf(identity.value, live.users.values())
    if (!account.ok) return { ...account, details: { email: identity.value.email } }

    const before = account.value
    const user = withLastOwner(claimed(before ?? newUser(view), identity.value), before, live.users.values())
    const made = missingGroups(identity.value.groups, live, mark.at)
    const moved = !before || isChanged(before, user)
    const left = before && before.email !== user.email ? before : undefined
    // What names the new address is left as it is: whoever laid it down meant whom the provider says has it.
    const reworded = left ? addressed(live.policyBook, left) : []
    const { session, token } = beginSession(user.id, { ids, tokens, at: mark.at, from: via })
    return ok({
      value: { user, session, token } satisfies Recognised,
      changes: {
        ...(moved && { users: [user] }),
        groups: groupsMoved(before, user, live, made),
        ...(left && reworded.length > 0 && { policyBooks: [byId(live.policyBook, left)] }),
        sessions: [session],
      },
      actor: userActor(user),
      target: userTarget(user),
      details: {
        sessionId: session.id,
        provider: user.provider,
        ...(groupsLeftOut(claims) > 0 && { groupsLeftOut: groupsLeftOut(claims) }),
        ...(hasGroupsElsewhere(claims) && { groupsElsewhere: true }),
        ...(reworded.length > 0 && { policiesReworded: reworded.map(({ id }) => id) }),
        ...(made.length > 0 && { groupsMade: made.map(({ id }) => id) }),
      },
      ...(moved && before && { before: snapshot(before, view) }),
      after: { ...(moved && snapshot(user, view, made)), sessionId: session.id, expiresAt: session.expiresAt },
    })
  },
})

const newUser = ({ ids, mark }: View): User => ({
  id: ids.uuid() as User['id'],
  version: 0,
  email: '',
  name: '',
  provider: 'oidc',
  roles: [],
  groupIds: [],
  grants: [],
  createdAt: mark.at,
})

/** With the address, which is the provider's to change. */
const snapshot = (user: User, view: View, made?: readonly Group[]) => ({
  email: user.email,
  ...userSnapshot(inGroups(user, view, made)),
})

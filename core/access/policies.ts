import type { PolicyId } from '../ids.ts'
import { operation, type View } from '../operation.ts'
import { saved } from '../ports/storage.ts'
import { type Careful, refusedStale } from '../precondition.ts'
import { ok, refuse } from '../result.ts'
import { type ActionState, type Offer, offerAll } from './action.ts'
import { type PolicyInput, rewritten } from './policy-book.ts'
import type { PolicyBook } from './user.ts'

/*
 * The target has no id, so that no policy can ever stand in the way of these: whoever laid down that everybody is denied
 * everything can still take it back.
 */
const target = { type: 'auth' } as const

export const readPolicies = operation({
  audience: 'user',
  permission: 'auth:manage',
  audit: 'auth.access_policies.read',
  target,
  fold: 'read',

  run(_: object, { live: { policyBook } }) {
    return ok({ value: policyBook, details: { count: policyBook.policies.length } })
  },
})

export interface PolicyEdit extends Careful {
  readonly policies: readonly PolicyInput[]
}

/** All or nothing. Of two at once the later is decided on what the earlier one left. */
export const updatePolicies = operation({
  audience: 'user',
  permission: 'auth:manage',
  audit: 'auth.access_policies.update',
  target,

  run({ policies, ...careful }: PolicyEdit, { live: { policyBook }, ids }) {
    const stale = refusedStale(policyBook, careful, 'access_policies_changed')
    if (stale) return stale
    const book = rewritten(policyBook, policies, () => `policy_${ids.uuid()}` as PolicyId)
    return ok({
      value: saved(book),
      changes: { policyBooks: [book] },
      before: { policies: policyBook.policies },
      after: { policies: book.policies },
    })
  },
})

export interface AccessActions {
  readonly book: PolicyBook
  readonly actions: Readonly<Record<string, ActionState>>
}

export const readPolicyActions = operation({
  audience: 'user',
  permission: 'auth:manage',
  audit: 'auth.access_policies.actions.read',
  target,
  fold: 'read',

  run: (_: object, view) => offered(view, { read: offers.policies, update: offers.updatePolicies }),
})

export const readAccessActions = operation({
  audience: 'user',
  permission: 'auth:manage',
  audit: 'auth.actions.read',
  target,
  fold: 'read',

  run: (_: object, view) => offered(view, offers),
})

const manage = { permission: 'auth:manage' } as const
const offers = {
  createGroup: { method: 'POST', ...manage, href: '/api/v1/auth/groups' },
  createUser: { method: 'POST', ...manage, href: '/api/v1/auth/users' },
  groups: { method: 'GET', ...manage, href: '/api/v1/auth/groups' },
  listUsers: { method: 'GET', ...manage, href: '/api/v1/auth/users' },
  policies: { method: 'GET', ...manage, href: '/api/v1/auth/access-policies' },
  updatePolicies: { method: 'PATCH', ...manage, href: '/api/v1/auth/access-policies' },
} as const satisfies Record<string, Offer>

function offered({ caller, live }: View, these: Readonly<Record<string, Offer>>) {
  if (caller.type !== 'user') return refuse('unauthenticated', 'unauthenticated')
  const value: AccessActions = { book: live.policyBook, actions: offerAll(these, caller.user, undefined, live.rules) }
  return ok({ value })
}

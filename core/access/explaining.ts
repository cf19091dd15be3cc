import type { UserId } from '../ids.ts'
import { kinOf } from '../kin-of.ts'
import { operation, type View } from '../operation.ts'
import { ok, type Result, refuse } from '../result.ts'
import { inGroups, type UserInGroups } from './accounts/membership.ts'
import { type Explanation, explain } from './explain.ts'
import type { Permission } from './permission.ts'
import { covers } from './scope.ts'
import { isCollection, type Kin, namesOfCollection, type Target } from './target.ts'
import { type User, userTarget } from './user.ts'

export interface Question {
  readonly subject: { readonly userId: UserId } | { readonly email: string }
  readonly permission: Permission
  readonly target: Pick<Target, 'type' | 'id'>
}

export interface Explained extends UserInGroups {
  readonly permission: Permission
  readonly target: Target
  /** What the target stands for; of a collection, the names by which a policy closes it. */
  readonly kin: readonly Kin[]
  readonly explanation: Explanation
}

/** Who may do what, and why: asked of the very function that decides it at the gate. */
export const explainAccess = operation({
  audience: 'user',
  permission: 'auth:manage',
  audit: 'auth.explain',
  target: { type: 'auth' },

  async run({ subject, permission, target }: Question, view) {
    const whole = isCollection(target)
    const kin = whole ? undefined : await kinOf(target, { live: view.live, storage: view })
    const names = namesOfCollection(target.type, whole ? target.id : undefined)
    if (target.id !== undefined && !covers(view.scope, kin ?? names)) return hidden(target)
    const found = await findSubject(subject, view)
    if (!found.ok) return found

    const user = found.value
    // A disabled account is nobody, whatever it held.
    const asking = user.disabledAt === undefined ? user : undefined
    const explanation = explain(asking, permission, kin, view.live.rules, names)
    const { allowed, reason } = explanation
    return ok({
      value: { ...inGroups(user, view), permission, target, kin: kin ?? names, explanation } satisfies Explained,
      target: userTarget(user),
      details: { permission, target, allowed, ...(reason && { reason }) },
      // It tells of two: whoever may not see what was asked about is not to learn how it stands with it.
      ...(kin && target.id !== undefined && { things: [kin] }),
    })
  },
})

/** Whom a policy hides from the caller is not explained, whether there is such a user or not. */
async function findSubject(subject: Question['subject'], { live, stores, covers }: View): Promise<Result<User>> {
  if ('userId' in subject) {
    const target = { type: 'user', id: subject.userId }
    if (!covers(target)) return hidden(target)
    const user = live.users.get(subject.userId)
    return user ? ok(user) : refuse('not_found', 'user_not_found')
  }
  const user = await stores.users.findByEmail(subject.email.toLowerCase())
  const target = { type: 'user', id: user?.id ?? subject.email }
  if (!covers(target)) return hidden(target)
  return user ? ok(user) : refuse('not_found', 'user_not_found')
}

const hidden = (target: Target) => refuse('forbidden', 'access_policy_denied', { target })

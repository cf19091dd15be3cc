import { type Decision, decide } from './decide.ts'
import type { Permission } from './permission.ts'
import type { Rules } from './scope.ts'
import type { Subject } from './subject.ts'
import type { Kin } from './target.ts'

/** What a console may offer: a button that works, or the reason why it does not. */
export interface ActionState {
  readonly enabled: boolean
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly permission: Permission
  readonly href?: string
  readonly payload?: object
  readonly reason?: string
}

export interface Offer {
  readonly method: ActionState['method']
  readonly permission: Permission
  readonly href: string
  readonly payload?: object
  /** Why it cannot be done now; undefined where it can. */
  readonly obstacle?: string | undefined
}

/** All that a console may offer of one thing. */
export const offerAll = (
  offers: Readonly<Record<string, Offer>>,
  subject: Subject,
  kin: readonly Kin[] | undefined,
  rules: Rules,
): Readonly<Record<string, ActionState>> =>
  Object.fromEntries(Object.entries(offers).map(([key, each]) => [key, offer(each, subject, kin, rules)]))

/** Asks the gate itself, so that what is offered is what would be let through. Lacking permission beats every other reason. */
function offer(
  { method, permission, href, payload, obstacle }: Offer,
  subject: Subject,
  kin: readonly Kin[] | undefined,
  rules: Rules,
): ActionState {
  const decision: Decision = decide(subject, permission, kin, rules)
  const reason = decision.allowed ? obstacle : 'missing_permission'
  return {
    enabled: reason === undefined,
    method,
    permission,
    ...(reason === undefined ? { href } : { reason }),
    ...(payload && { payload }),
  }
}

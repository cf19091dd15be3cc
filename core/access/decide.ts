import type { RoomId } from '../ids.ts'
import { type Capability, capabilityFor } from './capability.ts'
import type { Permission } from './permission.ts'
import { isAllowed, isDenied, nothing, openRoom, type Rules, type Scope, scopeFor } from './scope.ts'
import { holds, type Subject } from './subject.ts'
import type { Kin } from './target.ts'

export type DenialReason = 'unauthenticated' | 'missing_permission' | 'missing_resource_scope' | 'access_policy_denied'

export interface Decision {
  readonly allowed: boolean
  /** Present exactly when it is not allowed. */
  readonly reason?: DenialReason
  /** What else the caller may see or touch under this permission. */
  readonly scope: Scope
  /** Present when a room's roster, and nothing else, opened it. */
  readonly viaCapability?: { readonly roomId: RoomId; readonly capability: Capability }
}

/**
 * The gate: may this subject do this, to what `kin` stands for? Without kin it is a collection: nobody needs a grant for
 * it, and a deny closes it by one of its `names`, where it has any.
 */
export const decide = (
  subject: Subject | undefined,
  permission: Permission,
  kin: readonly Kin[] | undefined,
  rules: Rules,
  names: readonly Kin[] = [],
): Decision =>
  subject === undefined
    ? { allowed: false, reason: 'unauthenticated', scope: nothing }
    : decideWithin(scopeFor(subject, permission, rules), subject, permission, kin, names)

/** The same for a scope already at hand, which must be this subject's under this permission. */
export function decideWithin(
  scope: Scope,
  subject: Subject,
  permission: Permission,
  kin: readonly Kin[] | undefined,
  names: readonly Kin[] = [],
): Decision {
  const held = holds(subject, permission)
  const denied = isDenied(scope, kin ?? names)
  if (held && !denied && (kin === undefined || isAllowed(scope, kin))) return { allowed: true, scope }

  const capability = capabilityFor(permission)
  // A collection has no room: a caller with any room of the right kind comes in, and finds the rows of that room.
  const roomId = denied ? undefined : kin === undefined ? scope.rooms[0] : openRoom(scope, kin)
  if (capability !== undefined && roomId !== undefined) {
    return { allowed: true, scope, viaCapability: { roomId, capability } }
  }

  if (!held) return { allowed: false, reason: 'missing_permission', scope }
  return { allowed: false, reason: denied ? 'access_policy_denied' : 'missing_resource_scope', scope }
}

import { type Capability, isListed, type RosterEntry } from './capability.ts'
import { type Decision, decide } from './decide.ts'
import { type Permission, type Role, roleHolds } from './permission.ts'
import { type AccessPolicy, type Grant, matchOf, touched } from './rule.ts'
import { isDenied, type Rules } from './scope.ts'
import { isMeant, isUnrestricted, type Subject } from './subject.ts'
import type { Kin } from './target.ts'

/** A rule that spoke, and which of the target's kin it spoke about. */
export type Because =
  | { readonly rule: 'role'; readonly role: Role; readonly unrestricted: boolean }
  | { readonly rule: 'policy'; readonly policy: AccessPolicy; readonly on: Kin }
  | { readonly rule: 'grant'; readonly grant: Grant; readonly on: Kin }
  | { readonly rule: 'roster'; readonly entry: RosterEntry; readonly capability: Capability }

export interface Explanation extends Decision {
  /** In the order in which they were weighed. Of these rules alone, the same decision follows. */
  readonly because: readonly Because[]
}

/** The decision with the rules that made it, for a person to read. Apart from `decide`, which runs on every request. */
export function explain(
  subject: Subject | undefined,
  permission: Permission,
  kin: readonly Kin[] | undefined,
  rules: Rules,
  names: readonly Kin[] = [],
): Explanation {
  const decision = decide(subject, permission, kin, rules, names)
  if (subject === undefined) return { ...decision, because: [] }
  const roles = rolesHolding(subject, permission)
  return { ...decision, because: [...roles, ...rulesOnTarget(subject, kin, names, rules, decision)] }
}

const rolesHolding = (subject: Subject, permission: Permission): readonly Because[] =>
  subject.roles
    .filter((role) => roleHolds(role, permission))
    .map((role) => ({ rule: 'role', role, unrestricted: isUnrestricted(role) }))

/** One kind speaks: a deny silences the rest, and a roster is asked only when no role, grant or policy opened. */
function rulesOnTarget(
  subject: Subject,
  kin: readonly Kin[] | undefined,
  names: readonly Kin[],
  { policies, rosters }: Rules,
  { allowed, scope, viaCapability }: Decision,
): readonly Because[] {
  if (viaCapability !== undefined) return linesGiving(subject, rosters, viaCapability)
  if (isDenied(scope, kin ?? names)) return policiesOn(subject, 'deny', kin ?? names, policies)
  if (kin === undefined || !allowed || scope.all) return []
  return [...policiesOn(subject, 'allow', kin, policies), ...grantsOn(subject, kin)]
}

function policiesOn(
  subject: Subject,
  effect: AccessPolicy['effect'],
  kin: readonly Kin[],
  policies: readonly AccessPolicy[],
): readonly Because[] {
  return policies.flatMap((policy): readonly Because[] => {
    if (policy.effect !== effect || !isMeant(subject, policy)) return []
    const on = touched(matchOf(policy), kin)
    return on ? [{ rule: 'policy', policy, on }] : []
  })
}

const grantsOn = ({ grants }: Subject, kin: readonly Kin[]): readonly Because[] =>
  grants.flatMap((grant): readonly Because[] => {
    const on = touched(matchOf(grant), kin)
    return on ? [{ rule: 'grant', grant, on }] : []
  })

const linesGiving = (
  subject: Subject,
  rosters: readonly RosterEntry[],
  { roomId, capability }: NonNullable<Decision['viaCapability']>,
): readonly Because[] =>
  rosters
    .filter((entry) => entry.roomId === roomId && isListed(subject, entry) && entry.capabilities.includes(capability))
    .map((entry) => ({ rule: 'roster', entry, capability }))

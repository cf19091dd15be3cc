import type { RoomId } from '../ids.ts'
import { type RosterEntry, roomsUnlocked } from './capability.ts'
import { type HealthEventFacts, kinOfHealthEvent, namedByHealthEvent } from './kin.ts'
import type { Permission } from './permission.ts'
import { type AccessPolicy, type Match, matchOf, touched } from './rule.ts'
import { holds, isMeant, isUnrestricted, type Subject } from './subject.ts'
import type { Kin } from './target.ts'

/** What one caller may see or touch under one permission. It is data, so that a store can ask for it in SQL. */
export interface Scope {
  /** Everything that is not denied. */
  readonly all: boolean
  /** Named by a grant or an allow policy. Empty without the role's permission, since these never add one. */
  readonly allowed: readonly Match[]
  /** Beats all the rest. */
  readonly denied: readonly Match[]
  /** Opened by the rosters, with the role's permission or without it. These are plain ids: `*` would be a room so called. */
  readonly rooms: readonly RoomId[]
}

export const everything: Scope = { all: true, allowed: [], denied: [], rooms: [] }
export const nothing: Scope = { all: false, allowed: [], denied: [], rooms: [] }

export const covers = (scope: Scope, kin: readonly Kin[]): boolean =>
  !isDenied(scope, kin) && (isAllowed(scope, kin) || openRoom(scope, kin) !== undefined)

export const isDenied = ({ denied }: Scope, kin: readonly Kin[]): boolean =>
  denied.some((match) => touched(match, kin) !== undefined)

/** Whether nothing at all is hidden from it. */
export const coversEverything = ({ all, allowed, denied }: Scope): boolean =>
  denied.length === 0 && (all || allowed.some(({ type, id }) => type === '*' && id === '*'))

/** By role, grant or policy: what a roster opens is not counted, nor what a policy closes. */
export const isAllowed = ({ all, allowed }: Scope, kin: readonly Kin[]): boolean =>
  all || allowed.some((match) => touched(match, kin) !== undefined)

/** The nearest room of the kin that a roster opens. */
export function openRoom({ rooms }: Scope, kin: readonly Kin[]): RoomId | undefined {
  for (const { type, id } of kin) {
    const found = type === 'room' ? rooms.find((each) => each === id) : undefined
    if (found !== undefined) return found
  }
  return undefined
}

/** A grant on the event itself shows nothing: one of the things it tells about must be in scope as well. */
export function seesHealthEvent(scope: Scope, event: HealthEventFacts): boolean {
  if (!covers(scope, kinOfHealthEvent(event))) return false
  const named = namedByHealthEvent(event)
  return named.length === 0 || named.some((kin) => covers(scope, kin))
}

/** All that is laid down about access, beside what each subject carries. */
export interface Rules {
  readonly policies: readonly AccessPolicy[]
  readonly rosters: readonly RosterEntry[]
}

/**
 * Depends on no target, so it may be kept until the subject or the rules change.
 * One pass over the rules: a thousand policies are read on every request that does not keep it.
 */
export function scopeFor(subject: Subject, permission: Permission, { policies, rosters }: Rules): Scope {
  const held = holds(subject, permission)
  const all = held && subject.roles.some(isUnrestricted)
  const byRule = held && !all
  const allowed = byRule ? subject.grants.map(matchOf) : []
  const denied: Match[] = []
  for (const policy of policies) {
    if (policy.effect === 'allow' && !byRule) continue
    if (isMeant(subject, policy)) (policy.effect === 'deny' ? denied : allowed).push(matchOf(policy))
  }
  return { all, allowed, denied, rooms: all ? [] : roomsUnlocked(subject, permission, rosters) }
}

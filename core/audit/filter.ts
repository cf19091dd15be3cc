import type { Permission } from '../access/permission.ts'
import { covers, type Scope } from '../access/scope.ts'
import type { Kin } from '../access/target.ts'
import type { Instant } from '../ids.ts'
import { containsText, within } from '../text.ts'
import { type AuditEntry, eachNamed, type Outcome, scopedTargetTypes } from './entry.ts'
import type { AuditKind } from './facets.ts'

export interface AuditFilter {
  readonly id?: string
  readonly action?: string
  readonly actor?: string
  readonly target?: string
  readonly reason?: string
  readonly outcome?: Outcome
  readonly permission?: Permission
  readonly from?: Instant
  readonly to?: Instant
}

export const matchesAudit = (filter: AuditFilter, entry: AuditEntry): boolean =>
  (filter.id === undefined || filter.id === entry.id) &&
  within(entry.createdAt, filter.from, filter.to) &&
  matchesKind(filter, entry) &&
  (filter.actor === undefined || actorText(entry).includes(searchable(filter.actor))) &&
  (filter.target === undefined || targetText(entry).includes(searchable(filter.target)))

type OfKind = Pick<AuditKind, 'action' | 'outcome' | 'permission' | 'reason'>

/** What the filter says of what happened, whoever it was and whenever. */
export const matchesKind = (filter: AuditFilter, { action, outcome, permission, reason }: OfKind): boolean =>
  (filter.outcome === undefined || filter.outcome === outcome) &&
  (filter.permission === undefined || filter.permission === permission) &&
  (filter.action === undefined || containsText(action, filter.action)) &&
  (filter.reason === undefined || containsText(reason, filter.reason))

/** What an actor is found by. */
export const actorText = ({ actor }: AuditEntry): string => joined(actor.id, actor.name)

/** What a target is found by. */
export const targetText = ({ target }: AuditEntry): string => joined(target.type, target.id, target.name)

/** One text to look through. No part of a filter has a line break, so none is found across two texts. */
const joined = (...texts: readonly (string | undefined)[]) =>
  [...new Set(texts.filter((text) => text !== undefined).map(searchable))].join('\n')

/** As it is looked for: case does not matter, and a line break is a space. */
export const searchable = (text: string): string => text.toLowerCase().replaceAll('\n', ' ')

/** By what an entry is seen. */
export interface Sight {
  /** The user who did it. */
  readonly doneBy?: string
  /** It is the controller's own: whoever may read the audit sees it. */
  readonly isOpen: boolean
  /** Else it is seen through these, as `type:id`. */
  readonly kin: readonly string[]
}

export const sightOf = ({ actor, target, targetKin }: AuditEntry): Sight => ({
  ...(actor.type === 'user' && { doneBy: actor.id }),
  isOpen: !eachNamed(targetKin) && (target.id === undefined || !scopedTargetTypes.has(target.type)),
  kin: targetKin,
})

/** One's own entries, the controller's own, and those about things in scope: about several, all of them. */
export function isVisible(entry: AuditEntry, scope: Scope, self: string): boolean {
  const { doneBy, isOpen, kin } = sightOf(entry)
  if (doneBy === self || isOpen) return true
  return (eachNamed(kin) ?? [kin]).every((names) => covers(scope, names.map(parseKin)))
}

/** Only the first colon divides: ids may have colons of their own. */
export const parseKin = (kin: string): Kin => {
  const at = kin.indexOf(':')
  return { type: kin.slice(0, at), id: kin.slice(at + 1) }
}

import type { Permission } from '../access/permission.ts'
import { covers, type Scope } from '../access/scope.ts'
import type { Instant } from '../ids.ts'
import { containsText, within } from '../text.ts'
import { type AuditEntry, eachNamed, type Outcome, scopedTargetTypes } from './entry.ts'

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
  (filter.outcome === undefined || filter.outcome === entry.outcome) &&
  (filter.permission === undefined || filter.permission === entry.permission) &&
  within(entry.createdAt, filter.from, filter.to) &&
  anyContains([entry.action], filter.action) &&
  anyContains([entry.actor.id, entry.actor.name], filter.actor) &&
  anyContains([entry.target.id, entry.target.name, entry.target.type], filter.target) &&
  anyContains([entry.reason], filter.reason)

const anyContains = (texts: readonly (string | undefined)[], part: string | undefined) =>
  part === undefined || texts.some((text) => containsText(text, part))

/** One's own entries, the controller's own, and those about things in scope: about several, all of them. */
export function isVisible(entry: AuditEntry, scope: Scope, self: string): boolean {
  if (entry.actor.type === 'user' && entry.actor.id === self) return true
  const things = eachNamed(entry.targetKin)
  if (things) return things.every((names) => covers(scope, names.map(parseKin)))
  if (entry.target.id === undefined || !scopedTargetTypes.has(entry.target.type)) return true
  return covers(scope, entry.targetKin.map(parseKin))
}

/** Only the first colon divides: ids may have colons of their own. */
const parseKin = (kin: string) => {
  const at = kin.indexOf(':')
  return { type: kin.slice(0, at), id: kin.slice(at + 1) }
}

import type { AuditActor } from '../access/actor.ts'
import type { Permission } from '../access/permission.ts'
import type { AuditEntry, Outcome } from './entry.ts'

/** What happened, but not when, to what, and who did it: there are some hundred kinds, whatever the number of entries. */
export interface AuditKind {
  readonly action: string
  readonly outcome: Outcome
  readonly actorType: AuditActor['type']
  readonly targetType: string
  readonly permission?: Permission
  readonly reason?: string
}

export const kindOf = ({ action, outcome, actor, target, permission, reason }: AuditEntry): AuditKind => ({
  action,
  outcome,
  actorType: actor.type,
  targetType: target.type,
  ...(permission !== undefined && { permission }),
  ...(reason !== undefined && { reason }),
})

/** How many entries there are of a kind. */
export interface Tally {
  readonly kind: AuditKind
  readonly count: number
}

export const totalOf = (tallies: readonly Tally[]): number => tallies.reduce((sum, { count }) => sum + count, 0)

/** What a filter could still be narrowed by, the most frequent first. Entries without a value are not counted in that facet. */
export const facetsOf = (tallies: readonly Tally[]) => ({
  actions: facet(tallies, ({ action }) => action),
  actorTypes: facet(tallies, ({ actorType }) => actorType),
  outcomes: facet(tallies, ({ outcome }) => outcome),
  permissions: facet(tallies, ({ permission }) => permission),
  reasons: facet(tallies, ({ reason }) => reason),
  targetTypes: facet(tallies, ({ targetType }) => targetType),
  total: totalOf(tallies),
})

function facet(tallies: readonly Tally[], read: (kind: AuditKind) => string | undefined) {
  const counts = new Map<string, number>()
  for (const { kind, count } of tallies) {
    const value = read(kind)
    if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + count)
  }
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
}

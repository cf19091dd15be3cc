import { coversEverything } from '../access/scope.ts'
import type { AuditReader } from '../ports/stores.ts'
import type { AuditEntry } from './entry.ts'

/** What the door itself writes into an entry, whatever the operation found. */
const ofTheDoor: ReadonlySet<string> = new Set([
  'method',
  'path',
  'requiredPermission',
  'resourceScope',
  'resourceScopeDecision',
  'roles',
  'grantedViaRoomCapability',
  'roomCapability',
])

/**
 * An entry about no one thing may be read by everybody, and tells how much its actor was shown, or by which filters it was
 * looked for. Of what lies beyond the reader's own scope not even the number is to be learned: that part is left out.
 */
export function shownTo(reader: AuditReader, entry: AuditEntry): AuditEntry {
  if (!tellsOfOthers(reader, entry)) return entry
  const { before: _, after: __, ...rest } = entry
  const details = Object.entries(entry.details).filter(([name]) => ofTheDoor.has(name))
  return { ...rest, details: Object.fromEntries(details), correlationIds: {} }
}

function tellsOfOthers({ scope, self }: AuditReader, { actor, target, targetKin }: AuditEntry): boolean {
  const isOwn = actor.type === 'user' && actor.id === self
  const isOfAll = target.id === undefined && targetKin.length === 0 && isCounted(target.type)
  return isOfAll && !isOwn && !coversEverything(scope)
}

/** Accounts are no part of a scope: whoever reads the trail reads about them. */
const isCounted = (type: string): boolean => type === 'controller' || type.endsWith('_collection')

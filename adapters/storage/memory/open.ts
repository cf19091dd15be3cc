import type { User } from '../../../core/access/user.ts'
import { isLater } from '../../../core/nodes/presence.ts'
import {
  type Changes,
  type Listener,
  oneVersionOn,
  revokes,
  Stale,
  type Storage,
  type Versioned,
  versionedFamilies,
  versionedIn,
} from '../../../core/ports/storage.ts'
import { readsOver } from './reads.ts'
import { emptyTables, type Tables } from './tables.ts'

/** Nothing outlives the process. A commit is checked, then written, without waiting in between. */
export function openMemory({ committed }: Pick<Listener, 'committed'>): Storage {
  const tables = emptyTables()
  let epoch = 0

  return {
    stores: readsOver(tables),
    async commit(changes, decidedUnder) {
      if (decidedUnder !== undefined && decidedUnder !== epoch) throw new Stale()
      refuseStale(tables, changes)
      const kept = oneVersionOn(changes)
      if (revokes(changes)) epoch++
      for (const family of versionedFamilies) {
        const table: Map<string, Versioned> = tables[family]
        for (const each of kept[family] ?? []) table.set(each.id, each)
      }
      for (const family of versionedFamilies) {
        for (const { id } of changes.removed?.[family] ?? []) tables[family].delete(id)
      }
      for (const { id, userId } of tables.sessions.values()) {
        if (changes.signedOut?.includes(userId)) tables.sessions.delete(id)
      }
      for (const presence of kept.presences ?? []) {
        if (isLater(presence, tables.presences.get(presence.nodeId))) tables.presences.set(presence.nodeId, presence)
      }
      for (const each of kept.audit ?? []) tables.audit.set(each.id, { ...each, seq: ++tables.auditHead.seq })
      for (const id of changes.thinned ?? []) tables.audit.delete(id)
      committed(kept, epoch)
    },
    auditing: () => true,
    async load() {
      const { users, groups, policyBooks, sessions, nodes, credentials, presences, jobs } = tables
      const lists = { users, groups, policyBooks, sessions, nodes, credentials, presences }
      const changes = Object.fromEntries(Object.entries(lists).map(([key, map]) => [key, [...map.values()]]))
      return { changes: { ...changes, jobs: [...jobs.values()].filter(({ status }) => status === 'queued') }, epoch }
    },
    doubt() {},
    async ping() {},
    async close() {},
  }
}

function refuseStale(tables: Tables, changes: Changes): void {
  for (const family of versionedFamilies) {
    const table: ReadonlyMap<string, Versioned> = tables[family]
    if (versionedIn(changes, family).some(({ id, version }) => (table.get(id)?.version ?? 0) !== version))
      throw new Stale()
  }
  const taken = ({ email, externalId, id }: User) =>
    [...tables.users.values()].some(
      (user) =>
        user.id !== id && (user.email === email || (externalId !== undefined && user.externalId === externalId)),
    )
  if (changes.users?.some(taken)) throw new Stale()
  if (changes.audit?.some(({ id }) => tables.audit.has(id))) throw new Stale()
  if (changes.thinned?.some((id) => !tables.audit.has(id))) throw new Stale()
}

import type { RecordedEntry } from '../../../core/audit/entry.ts'
import type { Presence } from '../../../core/nodes/presence.ts'
import type { Families, VersionedFamily } from '../../../core/ports/storage.ts'

/** One map a family, by id. */
export type Tables = { readonly [F in VersionedFamily]: Map<string, Families[F]> } & {
  readonly presences: Map<string, Presence>
  /** Oldest first. */
  readonly audit: Map<string, RecordedEntry>
  /** How many entries there have been. */
  readonly auditHead: { seq: number }
}

export function emptyTables(): Tables {
  return {
    users: new Map(),
    groups: new Map(),
    policyBooks: new Map(),
    sessions: new Map(),
    pendingLogins: new Map(),
    nodes: new Map(),
    credentials: new Map(),
    orderBooks: new Map(),
    recordings: new Map(),
    jobs: new Map(),
    chunks: new Map(),
    healthEvents: new Map(),
    seals: new Map(),
    presences: new Map(),
    audit: new Map(),
    auditHead: { seq: 0 },
  }
}

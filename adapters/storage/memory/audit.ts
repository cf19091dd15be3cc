import type { AuditEntry, RecordedEntry } from '../../../core/audit/entry.ts'
import { type AuditKind, kindOf } from '../../../core/audit/facets.ts'
import { type AuditFilter, isVisible, matchesAudit } from '../../../core/audit/filter.ts'
import type { Audit, AuditReader } from '../../../core/ports/stores.ts'
import { compare, paged } from './paged.ts'
import type { Tables } from './tables.ts'

export function auditOver({ audit, auditHead, seals }: Tables): Audit {
  const matching = (filter: AuditFilter, { scope, self }: AuditReader) =>
    [...audit.values()].filter((each) => isVisible(each, scope, self) && matchesAudit(filter, each))

  return {
    async find(id, { scope, self }) {
      const entry = audit.get(id)
      return entry && isVisible(entry, scope, self) ? withoutPlace(entry) : null
    },
    async list(filter, reader, page) {
      const { items, total } = paged(page, matching(filter, reader), newestFirst)
      return { items: items.map(withoutPlace), total }
    },
    async tally(filter, reader) {
      const counts = new Map<string, { readonly kind: AuditKind; count: number }>()
      for (const kind of matching(filter, reader).map(kindOf)) {
        const key = JSON.stringify(kind)
        const known = counts.get(key)
        if (known) known.count++
        else counts.set(key, { kind, count: 1 })
      }
      return [...counts.values()]
    },
    async stream(filter, reader, order) {
      const entries = matching(filter, reader)
      if (order === 'newest first') entries.sort(newestFirst)
      return { count: entries.length, batches: inBatches(entries.map(withoutPlace)) }
    },
    head: async () => auditHead.seq,
    after: async (seq, limit, filter = {}) =>
      [...audit.values()].filter((each) => each.seq > seq && matchesAudit(filter, each)).slice(0, limit),
    async thinnable(before, limit) {
      const sealed = Math.max(0, ...[...seals.values()].map(({ lastSeq }) => lastSeq))
      return [...audit.values()]
        .filter(({ fleeting, seq, createdAt }) => fleeting && seq <= sealed && createdAt < before)
        .slice(0, limit)
    },
  }
}

const BATCH = 100

async function* inBatches(entries: readonly AuditEntry[]) {
  for (let at = 0; at < entries.length; at += BATCH) yield entries.slice(at, at + BATCH)
}

const newestFirst = (a: AuditEntry, b: AuditEntry) => b.createdAt - a.createdAt || compare(b.id, a.id)
const withoutPlace = ({ seq: _, ...entry }: RecordedEntry): AuditEntry => entry

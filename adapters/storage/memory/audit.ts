import type { AuditEntry, RecordedEntry } from '../../../core/audit/entry.ts'
import { isVisible, matchesAudit } from '../../../core/audit/filter.ts'
import type { Audit } from '../../../core/ports/stores.ts'
import { compare, paged } from './paged.ts'
import type { Tables } from './tables.ts'

export function auditOver({ audit, auditHead, seals }: Tables): Audit {
  return {
    async find(id, { scope, self }) {
      const entry = audit.get(id)
      return entry && isVisible(entry, scope, self) ? withoutPlace(entry) : null
    },
    async list(filter, { scope, self }, page) {
      const visible = [...audit.values()].filter((each) => isVisible(each, scope, self))
      const matching = visible.filter((each) => matchesAudit(filter, each))
      const { items, total } = paged(page, matching, newestFirst)
      return { items: items.map(withoutPlace), total }
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

const newestFirst = (a: AuditEntry, b: AuditEntry) => b.createdAt - a.createdAt || compare(b.id, a.id)
const withoutPlace = ({ seq: _, ...entry }: RecordedEntry): AuditEntry => entry

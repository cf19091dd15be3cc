import type { AuditEntry } from '../../core/audit/entry.ts'
import { iso } from '../../core/time.ts'

/** An entry as readers are shown it. */
export function auditReply({ createdAt, targetKin: _, fleeting: __, ...entry }: AuditEntry) {
  return { ...entry, createdAt: iso(createdAt) }
}

/** One entry, and what can be done with it. */
export function auditDetailReply(event: AuditEntry) {
  const detail = `/api/v1/audit-events/${event.id}`
  const exported = `/api/v1/audit-events/export?id=${event.id}`
  const action = (href: string) => ({ enabled: true, href, method: 'GET', permission: 'audit:read' })
  return {
    event: auditReply(event),
    actions: { detail: action(detail), export: action(exported) },
    links: { actions: `${detail}/actions`, detail, export: exported },
  }
}

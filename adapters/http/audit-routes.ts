import { type } from 'arktype'
import { permissions } from '../../core/access/permission.ts'
import { type AuditEntry, outcomes } from '../../core/audit/entry.ts'
import { listAudit, readAudit } from '../../core/audit/operations.ts'
import { pageMeta } from '../../core/page.ts'
import { iso } from '../../core/time.ts'
import { get, type Route } from './route.ts'
import { auditEventId, inPages, instant, limit, offset, text } from './schemas.ts'

const part = text(1, 160)
/** What may be asked of the trail. */
export const auditQuery = type({
  '+': 'delete',
  'id?': part,
  'action?': part,
  'actor?': part,
  'target?': part,
  'reason?': part,
  'outcome?': type.enumerated(...outcomes),
  'permission?': type.enumerated(...permissions),
  'from?': instant,
  'to?': instant,
  limit: limit(500, 100),
  offset,
})
const filter = auditQuery.pipe((query) => inPages(query, 500))

export const auditRoutes: readonly Route[] = [
  get('/audit-events', listAudit, {
    input: filter,
    wording: 'Invalid audit filters',
    body: ({ page, found }) => ({ data: found.items.map(auditReply), meta: pageMeta(page, found) }),
  }),
  get('/audit-events/:eventId', readAudit, { input: type({ eventId: auditEventId }), reply: detailReply }),
]

function auditReply({ createdAt, targetKin: _, fleeting: __, ...entry }: AuditEntry) {
  return { ...entry, createdAt: iso(createdAt) }
}

function detailReply(event: AuditEntry) {
  const detail = `/api/v1/audit-events/${event.id}`
  const exported = `/api/v1/audit-events/export?id=${event.id}`
  const action = (href: string) => ({ enabled: true, href, method: 'GET', permission: 'audit:read' })
  return {
    event: auditReply(event),
    actions: { detail: action(detail), export: action(exported) },
    links: { actions: `${detail}/actions`, detail, export: exported },
  }
}

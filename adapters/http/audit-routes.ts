import { permissions } from '../../core/access/permission.ts'
import { outcomes } from '../../core/audit/entry.ts'
import { exportAudit, exportFormats, exportSelectedAudit } from '../../core/audit/exporting.ts'
import { listAudit, readAudit, readAuditActions, readAuditFacets } from '../../core/audit/operations.ts'
import { pageMeta } from '../../core/page.ts'
import { type } from '../system/type.ts'
import { auditFile } from './audit-export.ts'
import { auditDetailReply, auditReply } from './audit-reply.ts'
import { get, post, type Route } from './route.ts'
import { auditEventId, inPages, instant, limit, offset, text } from './schemas.ts'

const part = text(1, 160)
const query = type({
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
const filter = query.pipe((asked) => inPages(asked, 500))
const wording = 'Invalid audit filters'

const format = type.enumerated(...exportFormats).default('csv')
/** A file is of everything that matches: the page must be a sound one, and does not matter. */
const exported = type({ '...': query, '+': 'delete', format }).pipe(({ format, ...asked }) => ({
  ...inPages(asked, 500),
  format,
}))

const selection = type({
  eventIds: text(1, 160)
    .pipe((id) => id as never)
    .array()
    .atLeastLength(1)
    .atMostLength(500)
    .readonly(),
  format,
}).onUndeclaredKey('reject')

const ofEvent = type({ eventId: auditEventId })

export const auditRoutes: readonly Route[] = [
  get('/audit-events', listAudit, {
    input: filter,
    wording,
    body: ({ page, found }) => ({ data: found.items.map(auditReply), meta: pageMeta(page, found) }),
  }),
  get('/audit-events/facets', readAuditFacets, { input: filter, wording }),
  get('/audit-events/export', exportAudit, { input: exported, wording, respond: auditFile }),
  post('/audit-events/export', exportSelectedAudit, { input: selection, fromQuery: ['format'], respond: auditFile }),
  get('/audit-events/:eventId', readAudit, { input: ofEvent, reply: auditDetailReply }),
  get('/audit-events/:eventId/actions', readAuditActions, { input: ofEvent, reply: auditDetailReply }),
]

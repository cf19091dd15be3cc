import type { AuditEventId, UserId } from '../ids.ts'
import { operation, type View } from '../operation.ts'
import type { Page } from '../page.ts'
import type { AuditReader } from '../ports/stores.ts'
import { ok, refuse } from '../result.ts'
import type { AuditFilter } from './filter.ts'
import { shownTo } from './shown.ts'

const reader = ({ scope, mark }: View): AuditReader => ({ scope, self: mark.by.id as UserId })

/** The trail contains the very look at it. */
export const listAudit = operation({
  audience: 'user',
  permission: 'audit:read',
  audit: 'audit.events.read',
  target: { type: 'controller' },
  fold: 'read',
  invalidAs: 'invalid_filters',
  gateFirst: true,

  async run({ filter, page }: { readonly filter: AuditFilter; readonly page: Page }, view) {
    const { items, total } = await view.stores.audit.list(filter, reader(view), page)
    const found = { items: items.map((each) => shownTo(reader(view), each)), total }
    return ok({ value: { page, found }, details: { returnedCount: found.items.length, total: found.total } })
  },
})

export const readAudit = operation({
  audience: 'user',
  permission: 'audit:read',
  audit: 'audit.events.detail.read',
  target: { type: 'controller' },
  fold: 'read',

  async run({ eventId }: { readonly eventId: AuditEventId }, view) {
    const event = await view.stores.audit.find(eventId, reader(view))
    return event
      ? ok({ value: shownTo(reader(view), event), details: { eventId } })
      : refuse('not_found', 'audit_event_not_found', { details: { eventId } })
  },
})

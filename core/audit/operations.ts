import type { AuditEventId, UserId } from '../ids.ts'
import { operation, type View } from '../operation.ts'
import type { Page } from '../page.ts'
import type { AuditReader } from '../ports/stores.ts'
import { ok, refuse } from '../result.ts'
import { facetsOf } from './facets.ts'
import type { AuditFilter } from './filter.ts'
import { shownTo } from './shown.ts'

export const readerOf = ({ scope, mark }: View): AuditReader => ({ scope, self: mark.by.id as UserId })

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
    const reader = readerOf(view)
    const { items, total } = await view.stores.audit.list(filter, reader, page)
    const found = { items: items.map((each) => shownTo(reader, each)), total }
    return ok({ value: { page, found }, details: { returnedCount: found.items.length, total: found.total } })
  },
})

/** Over the whole match, however large. */
export const readAuditFacets = operation({
  audience: 'user',
  permission: 'audit:read',
  audit: 'audit.events.facets.read',
  target: { type: 'controller' },
  fold: 'read',
  invalidAs: 'invalid_filters',

  async run({ filter }: { readonly filter: AuditFilter }, view) {
    const facets = facetsOf(await view.stores.audit.tally(filter, readerOf(view)))
    return ok({ value: facets, details: { total: facets.total } })
  },
})

const reading = (audit: string) =>
  operation({
    audience: 'user',
    permission: 'audit:read',
    audit,
    target: { type: 'controller' },
    fold: 'read',

    async run({ eventId }: { readonly eventId: AuditEventId }, view) {
      const event = await view.stores.audit.find(eventId, readerOf(view))
      return event
        ? ok({ value: shownTo(readerOf(view), event), details: { eventId } })
        : refuse('not_found', 'audit_event_not_found', { details: { eventId } })
    },
  })

export const readAudit = reading('audit.events.detail.read')
export const readAuditActions = reading('audit.events.actions.read')

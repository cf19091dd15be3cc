import { coversEverything } from '../access/scope.ts'
import type { AuditEventId, Instant } from '../ids.ts'
import { operation, type View } from '../operation.ts'
import type { AuditOrder, AuditReader } from '../ports/stores.ts'
import { ok, refuse } from '../result.ts'
import type { AuditEntry } from './entry.ts'
import { totalOf } from './facets.ts'
import type { AuditFilter } from './filter.ts'
import { readerOf } from './operations.ts'
import { sealedLines } from './sealed-export.ts'
import { shownTo } from './shown.ts'

export const exportFormats = ['csv', 'ndjson'] as const
export type ExportFormat = (typeof exportFormats)[number]

/** Entries on their way to a file, a batch at a time; or the lines of the trail as it is sealed. */
export type AuditExport = { readonly at: Instant } & (
  | { readonly format: ExportFormat; readonly batches: Batches }
  | { readonly format: 'ndjson'; readonly lines: AsyncIterable<string> }
)
export type Batches = AsyncIterable<readonly AuditEntry[]>

/** For people the newest comes first; what is read by programs tells what happened in its order. */
const orderOf: Record<ExportFormat, AuditOrder> = { csv: 'newest first', ndjson: 'as recorded' }

interface Wanted {
  readonly filter: AuditFilter
  readonly format: ExportFormat
}

/**
 * How many there will be is known, and recorded, before the first of them leaves. From whom nothing is hidden gets with the
 * entries what it takes to verify them: their places, and the seals over them.
 */
export const exportAudit = operation({
  audience: 'user',
  permission: 'audit:read',
  audit: 'audit.events.export',
  target: { type: 'controller' },
  invalidAs: 'invalid_filters',

  async run({ filter, format }: Wanted, view) {
    const { stores, scope, notary, mark } = view
    if (format === 'ndjson' && coversEverything(scope)) {
      const exportedCount = totalOf(await stores.audit.tally(filter, readerOf(view)))
      const lines = sealedLines({ ...stores, notary, filter, at: mark.at })
      return ok({ value: { format, at: mark.at, lines }, details: { exportedCount, format, sealed: true } })
    }
    const { count, batches } = await stores.audit.stream(filter, readerOf(view), orderOf[format])
    return ok({ value: exported(format, batches, view), details: { exportedCount: count, format } })
  },
})

interface Selected {
  readonly eventIds: readonly AuditEventId[]
  readonly format: ExportFormat
}

/** Each once, in the order asked for. One that is hidden, or is not there, and nothing is exported. */
export const exportSelectedAudit = operation({
  audience: 'user',
  permission: 'audit:read',
  audit: 'audit.events.export_selected',
  target: { type: 'controller' },

  async run({ eventIds, format }: Selected, view) {
    const asked = [...new Set(eventIds)]
    const found = await Promise.all(asked.map((id) => view.stores.audit.find(id, readerOf(view))))
    const missingId = asked.find((_, i) => found[i] === null)
    if (missingId !== undefined) {
      const details = { eventIds: asked, missingId }
      return refuse('not_found', 'audit_event_not_found', { shown: { eventId: missingId }, details })
    }
    const entries = found.filter((each) => each !== null)
    return ok({
      value: exported(format, atOnce(entries), view),
      details: { exportedCount: entries.length, requestedCount: eventIds.length, format },
      correlationIds: Object.fromEntries(asked.map((id, i) => [`auditEventId${i + 1}`, id as string])),
    })
  },
})

const exported = (format: ExportFormat, batches: Batches, view: View): AuditExport => ({
  format,
  at: view.mark.at,
  batches: shown(batches, readerOf(view)),
})

async function* shown(batches: Batches, reader: AuditReader): AsyncGenerator<readonly AuditEntry[]> {
  for await (const batch of batches) yield batch.map((entry) => shownTo(reader, entry))
}

async function* atOnce(entries: readonly AuditEntry[]) {
  yield entries
}

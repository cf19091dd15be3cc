import { type } from 'arktype'
import type { SealHead } from '../../core/audit/seal.ts'
import { exportTrail, listSeals } from '../../core/audit/sealing.ts'
import { pageMeta } from '../../core/page.ts'
import { iso } from '../../core/time.ts'
import { auditQuery } from './audit-routes.ts'
import { ndjsonReply } from './ndjson.ts'
import { get, type Route } from './route.ts'
import { inPages, limit, offset } from './schemas.ts'

const MOST = 500
const page = type({ '+': 'delete', limit: limit(MOST, 100), offset }).pipe((query) => inPages(query, MOST))

const exported = auditQuery
  .merge({ format: "'ndjson'" })
  .pipe(({ format: _, limit: __, offset: ___, ...filter }) => ({ filter }))

export const sealRoutes: readonly Route[] = [
  get('/audit-events/seals', listSeals, {
    input: page,
    wording: 'Invalid audit filters',
    body: ({ page, found }) => ({ data: found.items.map(sealReply), meta: pageMeta(page, found) }),
  }),
  get('/audit-events/export', exportTrail, {
    input: exported,
    wording: 'Invalid audit filters',
    respond: async ({ lines, at }, _, mayGoOn) => ndjsonReply('audit-events', lines, at, mayGoOn),
  }),
]

const sealReply = ({ id: _, version: __, sealedAt, ...seal }: SealHead) => ({
  ...seal,
  entries: seal.lastSeq - seal.firstSeq + 1,
  sealedAt: iso(sealedAt),
})

import type { SealHead } from '../../core/audit/seal.ts'
import { listSeals } from '../../core/audit/sealing.ts'
import { pageMeta } from '../../core/page.ts'
import { iso } from '../../core/time.ts'
import { type } from '../system/type.ts'
import { get, type Route } from './route.ts'
import { inPages, limit, offset } from './schemas.ts'

const MOST = 500
const page = type({ '+': 'delete', limit: limit(MOST, 100), offset }).pipe((query) => inPages(query, MOST))

export const sealRoutes: readonly Route[] = [
  get('/audit-events/seals', listSeals, {
    input: page,
    wording: 'Invalid audit filters',
    body: ({ page, found }) => ({ data: found.items.map(sealReply), meta: pageMeta(page, found) }),
  }),
]

const sealReply = ({ id: _, version: __, sealedAt, ...seal }: SealHead) => ({
  ...seal,
  entries: seal.lastSeq - seal.firstSeq + 1,
  sealedAt: iso(sealedAt),
})

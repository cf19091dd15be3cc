import type { Seal, SealHead } from '../../../core/audit/seal.ts'
import type { Seals } from '../../../core/ports/stores.ts'
import { paged } from './paged.ts'
import type { Tables } from './tables.ts'

export const sealsOver = ({ seals }: Tables): Seals => ({
  last: async () => [...seals.values()].map(withoutLeaves).sort(newestFirst)[0] ?? null,
  list: async (page) => paged(page, [...seals.values()].map(withoutLeaves), newestFirst),
  from: async (seq) =>
    [...seals.values()].sort((a, b) => a.lastSeq - b.lastSeq).find(({ lastSeq }) => lastSeq >= seq) ?? null,
})

const newestFirst = (a: SealHead, b: SealHead) => b.number - a.number
const withoutLeaves = ({ leaves: _, ...head }: Seal): SealHead => head

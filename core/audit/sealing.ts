import { coversEverything } from '../access/scope.ts'
import type { Instant } from '../ids.ts'
import { operation, type View } from '../operation.ts'
import type { Page } from '../page.ts'
import type { Notary } from '../ports/identity.ts'
import type { Audit, Seals } from '../ports/stores.ts'
import { ok, refuse } from '../result.ts'
import { LOST, leafOf } from './leaf.ts'
import type { SealHead, SealMark } from './seal.ts'
import { SEGMENT_MAX, sealed } from './segment.ts'

/** No entry waits longer for its seal, as long as somebody looks. */
const WAITS_MAX_MS = 60_000
/** Entries may be large: so many are in memory at once. */
const READ_AT_ONCE = 250

/** Nobody takes a seal back. What is there now may have been altered underneath, and would be vouched for. */
export class SealTakenBack extends Error {
  override readonly name = 'SealTakenBack'
}

/**
 * Closes the oldest segment that is still open, once it is full or its first entry has waited long enough; with `early`,
 * whatever waits. It hashes what it reads back, so that what is sealed is what is stored. It leaves no entry: that would have
 * to be sealed as well, for ever. Of two controllers one is stale, and looks again.
 */
export const sealTrail = operation({
  audience: 'system',
  audit: 'audit.seal',
  target: { type: 'controller' },

  async run({ early = false }: { readonly early?: boolean }, { stores, notary, mark }: View) {
    const before = await stores.seals.last()
    await stillThere(notary.lastSeal(), before, stores.seals)
    const firstSeq = (before?.lastSeq ?? 0) + 1
    const lastSeq = Math.min(await stores.audit.head(), firstSeq + SEGMENT_MAX - 1)
    const waiting = lastSeq - firstSeq + 1
    const due = waiting >= SEGMENT_MAX || (waiting > 0 && (early || (await hasWaited(stores.audit, firstSeq, mark.at))))
    if (!due) return ok({ value: undefined, silent: true })
    const leaves = await leavesOf(stores.audit, firstSeq, lastSeq, notary)
    const seal = sealed({ ...placeAfter(before), firstSeq, lastSeq, sealedAt: mark.at, leaves }, notary)
    return ok({ value: seal, changes: { seals: [seal] }, silent: true })
  },
})

/** Seals of other controllers may have followed it. */
async function stillThere(known: SealMark | undefined, last: SealHead | null, seals: Seals): Promise<void> {
  if (known === undefined || known.hash === last?.hash) return
  if ((await seals.from(known.lastSeq))?.hash === known.hash) return
  throw new SealTakenBack(
    `seal ${known.number} was stored, and is not there any more: the audit is not sealed over that`,
  )
}

const placeAfter = (before: SealHead | null) => ({
  number: (before?.number ?? 0) + 1,
  ...(before && { previous: before.hash }),
})

/** An oldest one that is not there any more will not come back, either. */
async function hasWaited(audit: Audit, firstSeq: number, now: Instant): Promise<boolean> {
  const [oldest] = await audit.after(firstSeq - 1, 1)
  return oldest === undefined || oldest.createdAt + WAITS_MAX_MS <= now
}

async function leavesOf(audit: Audit, firstSeq: number, lastSeq: number, notary: Notary): Promise<readonly string[]> {
  const leaves = new Array<string>(lastSeq - firstSeq + 1).fill(LOST)
  for (let seq = firstSeq - 1; seq < lastSeq; ) {
    const entries = await audit.after(seq, READ_AT_ONCE)
    for (const entry of entries) if (entry.seq <= lastSeq) leaves[entry.seq - firstSeq] = leafOf(entry, notary)
    seq = entries.at(-1)?.seq ?? lastSeq
  }
  return leaves
}

/** The seals tell how much there is, so they are for those from whom nothing is hidden. */
export const listSeals = operation({
  audience: 'user',
  permission: 'audit:read',
  audit: 'audit.events.seals.read',
  target: { type: 'controller' },
  fold: 'read',
  invalidAs: 'invalid_filters',

  async run({ page }: { readonly page: Page }, { stores, scope }: View) {
    if (!coversEverything(scope)) return refuse('forbidden', 'missing_resource_scope')
    const found = await stores.seals.list(page)
    return ok({ value: { page, found }, details: { returnedCount: found.items.length, total: found.total } })
  },
})

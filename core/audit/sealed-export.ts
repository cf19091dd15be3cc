import type { Instant } from '../ids.ts'
import type { Notary } from '../ports/identity.ts'
import type { Audit, Seals } from '../ports/stores.ts'
import { iso } from '../time.ts'
import { canonical } from './canonical.ts'
import type { RecordedEntry } from './entry.ts'
import type { AuditFilter } from './filter.ts'
import { entryLine } from './leaf.ts'
import { type SealHead, sealLine } from './seal.ts'

/** What a sealed export is made of. */
export interface SealedExport {
  readonly audit: Audit
  readonly seals: Seals
  readonly notary: Notary
  readonly filter: AuditFilter
  readonly at: Instant
}

const READ_AT_ONCE = 250

/**
 * The trail in its order, for those from whom nothing is hidden: after the entries of a segment its seal, and at the end a
 * manifest, signed, over every byte before it. `hosts/verify` reads it, and shares no code with this.
 */
export async function* sealedLines({ audit, seals, notary, filter, at }: SealedExport): AsyncGenerator<string> {
  // In this order: what is known to be sealed is, and what is sealed has a number that is not beyond the head.
  const lastSeal = notary.lastSeal()
  const upTo = await seals.last()
  const lastSeq = await audit.head()
  const complete = Object.values(filter).every((part) => part === undefined)
  const entries = inOrder(audit, filter, lastSeq)
  const bytes = notary.hashing()
  let lines = 0
  for await (const text of complete ? whole(entries, seals, upTo) : chosen(entries, seals, upTo)) {
    const line = `${text}\n`
    bytes.add(line)
    lines++
    yield line
  }
  const { keyId, publicKey } = notary
  const shown = { ...filter, ...momentsOf(filter) }
  const said = { exportedAt: iso(at), filter: shown, complete, firstSeq: 1, lastSeq, lines, sha256: bytes.end() }
  const manifest = { ...said, ...(lastSeal && { lastSeal }), keyId, publicKey }
  const signature = notary.sign(`roomtone audit export ${notary.hash(canonical(manifest))}`)
  yield `${canonical({ manifest, signature })}\n`
}

type Entries = AsyncGenerator<RecordedEntry>

/** Every seal, whether or not anything is left of its segment; then what waits for one. */
async function* whole(entries: Entries, seals: Seals, upTo: SealHead | null): AsyncGenerator<string> {
  let next = await entries.next()
  for (let seal = await seals.from(1); seal && upTo && seal.number <= upTo.number; ) {
    for (; !next.done && next.value.seq <= seal.lastSeq; next = await entries.next()) yield entryLine(next.value)
    yield sealLine(seal)
    seal = await seals.from(seal.lastSeq + 1)
  }
  for (; !next.done; next = await entries.next()) yield entryLine(next.value)
}

/** Only the seals of entries that were chosen. */
async function* chosen(entries: Entries, seals: Seals, upTo: SealHead | null): AsyncGenerator<string> {
  let next = await entries.next()
  while (!next.done) {
    const seal = await seals.from(next.value.seq)
    const covers = seal && upTo && seal.number <= upTo.number
    const lastSeq = covers ? seal.lastSeq : Number.POSITIVE_INFINITY
    for (; !next.done && next.value.seq <= lastSeq; next = await entries.next()) yield entryLine(next.value)
    if (covers) yield sealLine(seal)
  }
}

async function* inOrder(audit: Audit, filter: AuditFilter, lastSeq: number): Entries {
  for (let seq = 0; seq < lastSeq; ) {
    const batch = await audit.after(seq, READ_AT_ONCE, filter)
    for (const entry of batch) if (entry.seq <= lastSeq) yield entry
    seq = batch.length < READ_AT_ONCE ? lastSeq : (batch.at(-1)?.seq ?? lastSeq)
  }
}

const momentsOf = ({ from, to }: AuditFilter) => ({
  ...(from !== undefined && { from: iso(from) }),
  ...(to !== undefined && { to: iso(to) }),
})

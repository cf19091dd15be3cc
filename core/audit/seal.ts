import type { Instant } from '../ids.ts'
import type { Notary } from '../ports/identity.ts'
import { iso } from '../time.ts'
import { canonical } from './canonical.ts'

/** Of a seal all but its leaves, which are many. */
export interface SealHead {
  /** Its number with leading zeros: seals are ordered by it. */
  readonly id: string
  readonly version: number
  /** From 1, without a gap. */
  readonly number: number
  readonly firstSeq: number
  readonly lastSeq: number
  readonly sealedAt: Instant
  /** The hash of the seal before; absent in the first. */
  readonly previous?: string
  readonly hash: string
  /** The key that signed, and its public half, so that seals of a former key can still be read. */
  readonly keyId: string
  readonly publicKey: string
  /** Ed25519 over the hash. */
  readonly signature: string
}

/**
 * A segment of the trail, closed: the hash of each of its entries, chained to the seal before, and signed. Whoever alters, drops
 * or moves an entry afterwards would have to sign it all anew.
 */
export interface Seal extends SealHead {
  /** One for each entry, in the order of `seq`. They outlive entries that were thinned. */
  readonly leaves: readonly string[]
}

/** What a seal is known by. */
export type SealMark = Pick<SealHead, 'number' | 'lastSeq' | 'hash'>

/** At most so many entries in one segment. */
export const SEGMENT_MAX = 1000

/** What is sealed of a segment: where it lies, when, behind what, and what is in it. */
export type Segment = Pick<Seal, 'number' | 'firstSeq' | 'lastSeq' | 'sealedAt' | 'previous' | 'leaves'>

export function sealed(segment: Segment, notary: Notary): Seal {
  const hash = notary.hash(canonical({ ...segment, sealedAt: iso(segment.sealedAt) }))
  return {
    ...segment,
    id: String(segment.number).padStart(12, '0'),
    version: 0,
    hash,
    keyId: notary.keyId,
    publicKey: notary.publicKey,
    // What is signed says what it is: no signature of one kind can be shown as one of another.
    signature: notary.sign(`roomtone audit seal ${hash}`),
  }
}

export const sealLine = ({ id: _, version: __, sealedAt, ...seal }: Seal): string =>
  canonical({ seal: { ...seal, sealedAt: iso(sealedAt) } })

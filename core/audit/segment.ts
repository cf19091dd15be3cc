import type { Notary } from '../ports/identity.ts'
import { iso } from '../time.ts'
import { canonical } from './canonical.ts'
import type { Seal } from './seal.ts'

/** At most so many entries in one. */
export const SEGMENT_MAX = 1000

/** What is sealed: where it lies, when, behind what, and what is in it. */
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

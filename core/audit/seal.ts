import type { Instant } from '../ids.ts'
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

export const sealLine = ({ id: _, version: __, sealedAt, ...seal }: Seal): string =>
  canonical({ seal: { ...seal, sealedAt: iso(sealedAt) } })

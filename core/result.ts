import type { Kin } from './access/target.ts'

export type RefusalKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'too_large'
  | 'too_many'
  /** What was to be said took too long to be said. */
  | 'too_slow'
  /** What the caller had read has moved on. */
  | 'precondition_failed'
  | 'no_space'
  | 'unavailable'
  /** Somebody else was asked on the way, and gave no good answer. */
  | 'bad_gateway'
  /** Whoever asked has hung up before it was said what is asked. */
  | 'aborted'

export interface Issue {
  readonly code: string
  readonly path: readonly (string | number)[]
  readonly message: string
}

/** What makes refusals alike: where they go to, and what was asked for. */
export interface Alike {
  readonly from: string
  readonly about: string
}

/** How the domain says no: an expected answer, never an exception. */
export interface Refusal {
  readonly ok: false
  readonly kind: RefusalKind
  /** Stable and snake_case; the audit keeps it. */
  readonly reason: string
  readonly issues?: readonly Issue[]
  /** Members of the answer's body beside `error`. */
  readonly shown?: Readonly<Record<string, unknown>>
  /** Members of the audit entry's details. */
  readonly details?: Readonly<Record<string, unknown>>
  /** How the audit calls it, where that does not follow from the kind. */
  readonly outcome?: 'denied' | 'failed' | 'partial'
  /** What was refused, where it is not what the operation was asked about. */
  readonly target?: { readonly type: string; readonly id?: string; readonly name?: string }
  /** What each of several things that were asked for stands for: whoever reads of it must be able to see them all. */
  readonly things?: readonly (readonly Kin[])[]
  /** Where the same may be refused over and over, to anybody: it is counted then, and not recorded each time. */
  readonly alike?: Alike
  /** When it is worth asking again. */
  readonly retryAfterSeconds?: number
}

export interface Ok<T> {
  readonly ok: true
  readonly value: T
}

export type Result<T> = Ok<T> | Refusal

export const ok = <T>(value: T): Ok<T> => ({ ok: true, value })

export const refuse = (
  kind: RefusalKind,
  reason: string,
  more: Pick<Refusal, 'shown' | 'details' | 'outcome' | 'target' | 'things' | 'alike' | 'retryAfterSeconds'> = {},
): Refusal => ({ ok: false, kind, reason, ...more })

export const invalid = (issues: readonly Issue[], reason = 'invalid_request'): Refusal => ({
  ok: false,
  kind: 'invalid',
  reason,
  issues,
})

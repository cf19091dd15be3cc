import type { Instant } from './ids.ts'

/** ISO-8601 in UTC, with milliseconds: the one way the wire writes an instant. */
export const iso = (at: Instant): string => new Date(at).toISOString()

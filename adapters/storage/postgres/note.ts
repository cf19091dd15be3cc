import type { Changes, VersionedFamily } from '../../../core/ports/storage.ts'

/** What is held in memory, and so must be heard of when another controller has changed it. */
export const liveFamilies = [
  'users',
  'groups',
  'policyBooks',
  'sessions',
  'nodes',
  'credentials',
  'jobs',
] as const satisfies readonly VersionedFamily[]
export type LiveFamily = (typeof liveFamilies)[number]

/** Which live things a commit has changed, made or removed, and who was signed out everywhere. */
export type Touched = { readonly [F in LiveFamily | 'signedOut']?: readonly string[] }
const kinds = [...liveFamilies, 'signedOut'] as const

/** What one controller tells the others with a commit. Numbers have no gap, so a missed note is noticed. */
export interface Note {
  readonly number: number
  /** The controller that says it. */
  readonly by: string
  /** Nothing where it was too much to say: then everything is read anew. Read only by those who did not say it. */
  readonly touched: () => Touched | undefined
}

export const CHANNEL = 'roomtone_live'

/** PostgreSQL carries less than 8,000 bytes; the number and the controller are put before. */
const BYTES_MAX = 7_900

export function touchedBy(batch: readonly Changes[]): Touched | undefined {
  const touched = merged((kind) =>
    batch.flatMap((changes): readonly string[] =>
      kind === 'signedOut'
        ? (changes.signedOut ?? [])
        : [...(changes[kind] ?? []), ...(changes.removed?.[kind] ?? [])].map(({ id }) => id),
    ),
  )
  return Object.keys(touched).length > 0 ? touched : undefined
}

/** Neither of two things is forgotten. */
export const both = (one: Touched, other: Touched): Touched =>
  merged((kind) => [...(one[kind] ?? []), ...(other[kind] ?? [])])

function merged(idsOf: (kind: (typeof kinds)[number]) => readonly string[]): Touched {
  const touched = kinds.map((kind) => [kind, [...new Set(idsOf(kind))]] as const)
  return Object.fromEntries(touched.filter(([, ids]) => ids.length > 0))
}

/** All of a note but its number, which the database gives. */
export function said(by: string, touched: Touched): string {
  const whole = JSON.stringify(touched)
  return Buffer.byteLength(whole) <= BYTES_MAX ? `${by} ${whole}` : `${by} `
}

export function heard(payload: string): Note {
  const [number, by = ''] = payload.split(' ', 2)
  const whole = payload.slice(`${number} ${by} `.length)
  return { number: Number(number), by, touched: () => (whole === '' ? undefined : JSON.parse(whole)) }
}

import {
  type Changes,
  revokes,
  type Versioned,
  type VersionedFamily,
  versionedFamilies,
  versionedIn,
} from '../../../core/ports/storage.ts'

/** One caller's commit: what it changes, and the authority under which that was decided. */
export interface Commit {
  readonly changes: Changes
  /** Whether it has more than signs of life and audit. */
  readonly moves: boolean
  readonly epoch?: number | undefined
}

/** What was written, and for whom. */
export interface Written {
  /** Those who were too late. */
  readonly stale: ReadonlySet<Commit>
  /** The epoch after each of the others, as far as it is known. */
  readonly epochs: ReadonlyMap<Commit, number>
  /** The epoch that was found before. Another than one's own: another process has been here. */
  readonly found?: number | undefined
  /** The number of the note that tells of it. */
  readonly moved?: number | undefined
  /** What the entries share that had not been written before. */
  readonly shared: readonly string[]
}

/** At which version something is before the batch. */
export type VersionOf = (family: VersionedFamily, thing: Versioned) => number

export interface SortedOut extends Pick<Written, 'stale' | 'epochs'> {
  readonly kept: readonly Commit[]
  /** The epoch after all of them, if the one before is known. */
  readonly epoch: number | undefined
}

/** In the order of arrival: each sees what those before it in the very batch have moved. */
export function sortOut(batch: readonly Commit[], versionOf: VersionOf, before: number | undefined): SortedOut {
  const stale = new Set<Commit>()
  const epochs = new Map<Commit, number>()
  const versions = new Map<string, number>()
  let epoch = before
  for (const commit of batch) {
    const things = thingsOf(commit)
    const isMoved = things.some(
      ([family, thing]) => (versions.get(`${family} ${thing.id}`) ?? versionOf(family, thing)) !== thing.version,
    )
    if (isMoved || (commit.epoch !== undefined && commit.epoch !== epoch)) {
      stale.add(commit)
      continue
    }
    for (const [family, thing] of things) versions.set(`${family} ${thing.id}`, thing.version + 1)
    if (!commit.moves) {
      if (epoch !== undefined) epochs.set(commit, epoch)
      continue
    }
    const { removed } = commit.changes
    // What is made anew is another thing; in this very batch the removed one is not to be had any more.
    for (const family of removed ? versionedFamilies : []) {
      for (const { id } of removed?.[family] ?? []) versions.set(`${family} ${id}`, Number.NaN)
    }
    if (epoch === undefined) continue
    if (revokes(commit.changes)) epoch++
    epochs.set(commit, epoch)
  }
  return { kept: batch.filter((commit) => !stale.has(commit)), stale, epochs, epoch }
}

const thingsOf = ({ changes, moves }: Commit): readonly (readonly [VersionedFamily, Versioned])[] =>
  moves
    ? versionedFamilies.flatMap((family) => versionedIn(changes, family).map((thing) => [family, thing] as const))
    : []

/** The things of a family as they will stand: a batch may have moved one twice, and then the last is what stands. */
export function lastOf(commits: readonly Commit[], family: VersionedFamily): readonly Versioned[] {
  const last = new Map<string, Versioned>()
  for (const { changes } of commits) {
    for (const thing of (changes[family] ?? []) as readonly Versioned[]) {
      last.set(thing.id, { ...thing, version: thing.version + 1 })
    }
  }
  return [...last.values()]
}

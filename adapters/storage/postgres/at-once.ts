import {
  type Changes,
  revokes,
  type Versioned,
  type VersionedFamily,
  versionedFamilies,
} from '../../../core/ports/storage.ts'
import { addingOf, type Name, type Shared, Statement } from './adding.ts'
import { type Commit, lastOf, type SortedOut, sortOut, type Written } from './batch.ts'
import type { Query } from './engine.ts'
import { families } from './families.ts'
import { encode } from './statements.ts'

/** Whoever takes something away may move the epoch, and takes the long way. */
export const fitsAtOnce = ({ changes, moves }: Commit): boolean =>
  !moves || (!changes.removed && !changes.signedOut && !changes.thinned && !revokes(changes))

/** What the database has to hold, for a batch to be what it says it is. */
interface Expected {
  readonly epoch: number | undefined
  readonly versions: ReadonlyMap<VersionedFamily, readonly Pick<Versioned, 'id' | 'version'>[]>
}

/**
 * One statement, and no transaction around it. It takes everybody at their word, and does nothing where the database does not
 * bear that out; then it says nothing either, and it has to be sorted out who was late.
 */
export async function writeAtOnce(
  query: Query,
  batch: readonly Commit[],
  by: string,
  shared: Shared,
): Promise<Written | undefined> {
  const { expected, sorted } = atTheirWord(batch)
  const statement = new Statement()
  const { name } = statement
  const ready = readyOf(expected, name)
  const moving = sorted.kept.filter(({ moves }) => moves)
  const saving = versionedFamilies.flatMap((family) => savingOf(family, moving, name))
  const adding = addingOf(sorted.kept, by, shared, name)
  const done = await statement.say(query, [...ready, ...saving], adding)
  return done && { ...sorted, found: expected.epoch, ...done }
}

/** The first that comes with a thing knows at which version it is; who says otherwise is late, if the first is right. */
function atTheirWord(batch: readonly Commit[]): { readonly expected: Expected; readonly sorted: SortedOut } {
  const epoch = batch.find((each) => each.epoch !== undefined)?.epoch
  const firsts = new Map<VersionedFamily, Map<string, number>>()
  const sorted = sortOut(
    batch,
    (family, { id, version }) => {
      const first = firsts.get(family) ?? new Map<string, number>()
      firsts.set(family, first.has(id) ? first : first.set(id, version))
      return first.get(id) ?? version
    },
    epoch,
  )
  const versions = [...firsts].map(([family, first]) => {
    const known = [...first].filter(([, version]) => version > 0)
    return [family, known.map(([id, version]) => ({ id, version }))] as const
  })
  return { expected: { epoch, versions: new Map(versions) }, sorted }
}

/** The rows are held until it is done: nobody else can move them meanwhile. */
function readyOf({ epoch, versions }: Expected, name: Name): readonly string[] {
  const held = versionedFamilies.flatMap((family) => {
    const known = versions.get(family) ?? []
    return known.length > 0 ? [families[family].held(name(encode(known)))] : []
  })
  const where = held.length > 0 ? ` where ${held.join(' and ')}` : ''
  if (epoch === undefined) return [`ready as materialized (select${where})`]
  return [
    `authority as (select from authority where id = 1 and epoch = ${name(String(epoch))}::text::bigint for share)`,
    `ready as materialized (select from authority${where})`,
  ]
}

/** What is new must not be there: if somebody else has made it meanwhile, the statement fails on it as a whole. */
function savingOf(family: VersionedFamily, moving: readonly Commit[], name: Name): readonly string[] {
  const things = lastOf(moving, family)
  if (things.length === 0) return []
  const made = new Set(moving.flatMap(({ changes }) => newIn(changes, family)))
  const [fresh, known] = [things.filter(({ id }) => made.has(id)), things.filter(({ id }) => !made.has(id))]
  const { encode, make, move } = families[family]
  return [
    ...(known.length > 0 ? [`moved_${family} as (${move(name(encode(known)))})`] : []),
    ...(fresh.length > 0 ? [`made_${family} as (${make(name(encode(fresh)))})`] : []),
  ]
}

const newIn = (changes: Changes, family: VersionedFamily): readonly string[] =>
  ((changes[family] ?? []) as readonly Versioned[]).filter(({ version }) => version === 0).map(({ id }) => id)

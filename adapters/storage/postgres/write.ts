import { revokes, Stale, type VersionedFamily, versionedFamilies, versionedIn } from '../../../core/ports/storage.ts'
import { addingOf, type Shared, Statement } from './adding.ts'
import { audit } from './audit/schema.ts'
import { type Commit, lastOf, sortOut, type Written } from './batch.ts'
import type { Query } from './engine.ts'
import { families } from './families.ts'
import { encode, removal } from './statements.ts'

/** Inside a transaction: lock, see who is too late, save the rest with one statement a table. */
export async function writeBatch(query: Query, batch: readonly Commit[], by: string, shared: Shared): Promise<Written> {
  const lock = batch.some(({ changes }) => revokes(changes)) ? 'update' : 'share'
  const [authority] = await query(`select epoch from authority where id = 1 for ${lock}`)
  const before = Number(authority?.['epoch'])
  const versions = await lockVersions(query, batch)
  const sorted = sortOut(batch, (family, { id }) => versions.get(`${family} ${id}`) ?? 0, before)
  const { kept, epoch } = sorted
  const changes = kept.map((each) => each.changes)

  for (const family of versionedFamilies) await save(query, family, kept)
  for (const family of versionedFamilies) {
    const removed = changes.flatMap((each) => (each.removed?.[family] ?? []).map(({ id }) => id))
    await remove(query, families[family].remove, removed)
  }
  await remove(
    query,
    signOut,
    changes.flatMap(({ signedOut }) => signedOut ?? []),
  )
  await thinOut(
    query,
    changes.flatMap(({ thinned }) => thinned ?? []),
  )
  if (epoch !== before) await query('update authority set epoch = $1::text::bigint where id = 1', [String(epoch)])
  return { ...sorted, found: before, ...(await add(query, kept, by, shared)) }
}

async function lockVersions(query: Query, batch: readonly Commit[]): Promise<ReadonlyMap<string, number>> {
  const versions = new Map<string, number>()
  for (const family of versionedFamilies) {
    const ids = new Set(batch.flatMap(({ changes }) => versionedIn(changes, family).map(({ id }) => id)))
    if (ids.size === 0) continue
    const rows = await query(families[family].lock, [encode([...ids])])
    for (const { id, version } of rows) versions.set(`${family} ${id}`, Number(version))
  }
  return versions
}

async function save(query: Query, family: VersionedFamily, kept: readonly Commit[]): Promise<void> {
  const things = lastOf(kept, family)
  if (things.length === 0) return
  const saved = await query(families[family].save, [families[family].encode(things)])
  if (saved.length !== things.length) throw new Stale('someone else made the same thing at once')
}

async function remove(query: Query, statement: string, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await query(statement, [encode(ids)])
}

const signOut = `delete from sessions where user_id in (select jsonb_array_elements_text($1::text::jsonb))`

/** The head says how many are gone, to whoever has counted before. */
const thin = `with gone as (${removal(audit)} returning 1)
  update audit_head set thinned = thinned + (select count(*) from gone) where id = 1
  returning (select count(*) from gone) as gone`

/** Of two who take the same away at once only one may say that it did. */
async function thinOut(query: Query, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  const [head] = await query(thin, [encode(ids)])
  if (Number(head?.['gone']) !== new Set(ids).size) throw new Stale('someone else took it away')
}

async function add(query: Query, kept: readonly Commit[], by: string, shared: Shared) {
  const statement = new Statement()
  const adding = addingOf(kept, by, shared, statement.name)
  const done = adding.parts.length > 0 && (await statement.say(query, ['ready as (select)'], adding))
  return done || { shared: adding.shared }
}

import type { PgTable } from 'drizzle-orm/pg-core'
import { isLater, type Presence } from '../../../core/nodes/presence.ts'
import {
  type Changes,
  revokes,
  Stale,
  type Versioned,
  type VersionedFamily,
  versionedFamilies,
  versionedIn,
} from '../../../core/ports/storage.ts'
import { auditRows } from './audit/rows.ts'
import * as auditSchema from './audit/schema.ts'
import type { Query } from './engine.ts'
import { CHANNEL, said, touchedBy } from './note.ts'
import { jobRow, nodeRow, recordingRow } from './rows.ts'
import * as schema from './schema.ts'
import { encode, latest, numbered, onceOnly, removal, type Statements, versioned } from './statements.ts'

/** One caller's commit: what it changes, and the authority under which that was decided. */
export interface Commit {
  readonly changes: Changes
  readonly epoch?: number | undefined
}

/** Who in the batch was too late, and the epoch after each of the others. */
export interface Written {
  readonly stale: ReadonlySet<Commit>
  readonly epochs: ReadonlyMap<Commit, number>
  /** The epoch that was found before. Another than one's own: another process has been here. */
  readonly found?: number
  /** The epoch that was expected, and not found. */
  readonly missed?: number
  /** The number of the note that tells of it. */
  readonly moved?: number
}

interface Family extends Statements {
  readonly toRow: (thing: never) => object
}

const family = (table: PgTable, toRow: (thing: never) => object = (thing) => thing): Family => ({
  ...versioned(table),
  toRow,
})

/** A new family is a line here. */
const families: Record<VersionedFamily, Family> = {
  users: family(schema.users),
  groups: family(schema.groups),
  policyBooks: family(schema.policyBooks),
  sessions: family(schema.sessions),
  pendingLogins: family(schema.pendingLogins),
  nodes: family(schema.nodes, nodeRow),
  credentials: family(schema.credentials),
  orderBooks: family(schema.orderBooks),
  recordings: family(schema.recordings, recordingRow),
  jobs: family(schema.jobs, jobRow),
  chunks: family(schema.recordingChunks),
  healthEvents: family(schema.healthEvents),
  seals: family(auditSchema.seals),
}

export const savesAnything = ({ changes }: Commit): boolean =>
  changes.thinned !== undefined ||
  changes.signedOut !== undefined ||
  versionedFamilies.some((each) => versionedIn(changes, each).length > 0)

/** Inside a transaction: lock, see who is too late, save the rest with one statement a table. */
export async function writeBatch(query: Query, batch: readonly Commit[], by: string): Promise<Written> {
  const lock = batch.some(({ changes }) => revokes(changes)) ? 'update' : 'share'
  const [authority] = await query(`select epoch from authority where id = 1 for ${lock}`)
  const before = Number(authority?.['epoch'])
  const versions = await lockVersions(query, batch)
  const { kept, stale, epochs, epoch } = sortOut(batch, versions, before)

  for (const each of versionedFamilies) {
    await save(
      query,
      families[each],
      kept.flatMap(({ changes }): readonly Versioned[] => changes[each] ?? []),
    )
  }
  for (const each of versionedFamilies) {
    await remove(
      query,
      families[each].remove,
      kept.flatMap(({ changes }): readonly Versioned[] => changes.removed?.[each] ?? []).map(({ id }) => id),
    )
  }
  await remove(
    query,
    signOut,
    kept.flatMap(({ changes }) => changes.signedOut ?? []),
  )
  await thinOut(
    query,
    kept.flatMap(({ changes }) => changes.thinned ?? []),
  )
  if (epoch !== before) await query('update authority set epoch = $1::text::bigint where id = 1', [String(epoch)])
  const moved = await tell(query, kept, by)
  await append(query, kept)
  return { stale, epochs, found: before, ...(moved !== undefined && { moved }) }
}

/** Others hear of it when it has been committed, in the order of the numbers. */
async function tell(query: Query, kept: readonly Commit[], by: string): Promise<number | undefined> {
  const touched = touchedBy(kept.map(({ changes }) => changes))
  if (!touched) return undefined
  const [told] = await query(telling, [CHANNEL, said(by, touched)])
  return Number(told?.['moved'])
}

const telling = `with head as (update audit_head set moved = moved + 1 where id = 1 returning moved)
  select moved, pg_notify($1::text, moved || ' ' || $2::text) from head`

/** In the order of arrival: each sees what those before it in the very batch have moved. */
function sortOut(batch: readonly Commit[], versions: Map<string, number>, before: number) {
  const stale = new Set<Commit>()
  const epochs = new Map<Commit, number>()
  let epoch = before
  for (const commit of batch) {
    const things = versionedFamilies.flatMap((each) =>
      versionedIn(commit.changes, each).map((thing) => ({ each, thing })),
    )
    const moved = things.some(({ each, thing }) => (versions.get(`${each} ${thing.id}`) ?? 0) !== thing.version)
    if (moved || (commit.epoch !== undefined && commit.epoch !== epoch)) {
      stale.add(commit)
      continue
    }
    for (const { each, thing } of things) versions.set(`${each} ${thing.id}`, thing.version + 1)
    // What is made anew is another thing; in this very batch the removed one is not to be had any more.
    for (const each of versionedFamilies) {
      for (const { id } of commit.changes.removed?.[each] ?? []) versions.set(`${each} ${id}`, Number.NaN)
    }
    if (revokes(commit.changes)) epoch++
    epochs.set(commit, epoch)
  }
  return { kept: batch.filter((commit) => !stale.has(commit)), stale, epochs, epoch }
}

async function lockVersions(query: Query, batch: readonly Commit[]): Promise<Map<string, number>> {
  const versions = new Map<string, number>()
  for (const each of versionedFamilies) {
    const ids = new Set(batch.flatMap(({ changes }) => versionedIn(changes, each).map(({ id }) => id)))
    if (ids.size === 0) continue
    const rows = await query(families[each].lock, [encode([...ids])])
    for (const { id, version } of rows) versions.set(`${each} ${id}`, Number(version))
  }
  return versions
}

/** One statement may touch a row once; a batch may have moved it twice, and then the last is what stands. */
async function save(query: Query, { save, toRow, toJson }: Family, things: readonly Versioned[]): Promise<void> {
  if (things.length === 0) return
  const last = new Map(things.map((each) => [each.id, { ...each, version: each.version + 1 }]))
  const rows = [...last.values()].map((each) => toJson(toRow(each as never)))
  const saved = await query(save, [encode(rows)])
  if (saved.length !== rows.length) throw new Stale('someone else made the same thing at once')
}

async function remove(query: Query, statement: string, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await query(statement, [encode(ids)])
}

const signOut = `delete from sessions where user_id in (select jsonb_array_elements_text($1::text::jsonb))`
const presences = latest(schema.presences, { key: 'node_id', at: 'last_seen_at' })
const audit = numbered(auditSchema.audit, auditSchema.auditHead)
const kinds = onceOnly(auditSchema.auditKinds)
const parties = onceOnly(auditSchema.auditParties)

/** The head says how many are gone, to whoever has counted before. */
const thin = `with gone as (${removal(auditSchema.audit)} returning 1)
  update audit_head set thinned = thinned + (select count(*) from gone) where id = 1
  returning (select count(*) from gone) as gone`

/** Of two who take the same away at once only one may say that it did. */
async function thinOut(query: Query, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  const [head] = await query(thin, [encode(ids)])
  if (Number(head?.['gone']) !== new Set(ids).size) throw new Stale('someone else took it away')
}

/**
 * The statement that adds signs of life and audit, whatever their number. What entries share is written once the numbers are
 * taken, so that of two processes one waits. `$5` is the epoch they were decided under.
 */
const adding = (only: string) => `heard as (${presences.insert('$1', only)}), ${audit.take('$2', only)},
  kinds as (${kinds.insert('$3', 'numbers')}), parties as (${parties.insert('$4', 'numbers')})`
const unguarded = `with ${adding('')} ${audit.insert('$2')}`
const guarded = `with authority as (select epoch from authority where id = 1 and epoch = $5::text::bigint for share),
  ${adding('exists (select 1 from authority)')}, recorded as (${audit.insert('$2')})
  select epoch from authority`

/** For batches that save nothing with a version: one statement, and no transaction around it. */
export async function appendBatch(query: Query, batch: readonly Commit[]): Promise<Written> {
  const guards = batch.filter(({ epoch }) => epoch !== undefined)
  const epoch = guards[0]?.epoch
  if (epoch === undefined) {
    await append(query, batch)
    return { stale: new Set(), epochs: new Map() }
  }
  const agreed = batch.filter((each) => each.epoch === undefined || each.epoch === epoch)
  const rows = await query(guarded, [...jsonOf(agreed), String(epoch)])
  // Nothing was written: whoever was decided under that epoch decides again, and the others need no guard.
  const held = rows.length > 0
  if (!held)
    await append(
      query,
      batch.filter((each) => each.epoch === undefined),
    )
  const stale = new Set(guards.filter((each) => !held || each.epoch !== epoch))
  const epochs = new Map(batch.filter((each) => !stale.has(each)).map((each) => [each, epoch]))
  return { stale, epochs, ...(!held && { missed: epoch }) }
}

async function append(query: Query, batch: readonly Commit[]): Promise<void> {
  const json = jsonOf(batch)
  if (json.some((each) => each !== '[]')) await query(unguarded, json)
}

function jsonOf(batch: readonly Commit[]): readonly string[] {
  const last = new Map<string, Presence>()
  for (const each of batch.flatMap(({ changes }) => changes.presences ?? [])) {
    if (isLater(each, last.get(each.nodeId))) last.set(each.nodeId, each)
  }
  // In the order of their ids, like all that is locked.
  const heard = [...last.values()].sort((a, b) => (a.nodeId < b.nodeId ? -1 : 1))
  const entries = batch.flatMap(({ changes }) => changes.audit ?? []).map(auditRows)
  const once = (things: readonly { readonly id: string }[]) => [
    ...new Map(things.map((each) => [each.id, each])).values(),
  ]
  return [
    encode(heard.map(presences.toJson)),
    encode(entries.map(({ row }) => audit.toJson(row))),
    encode(once(entries.map(({ kind }) => kind)).map(kinds.toJson)),
    encode(once(entries.map(({ parties }) => parties)).map(parties.toJson)),
  ]
}

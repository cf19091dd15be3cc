import type { Controller } from '../stage/controller.ts'
import { databaseOf } from '../stage/database.ts'
import type { Acknowledged } from './witness.ts'

/** What the database holds of what the witness has a note of. */
export interface Tables {
  /** How many entries the audit has of each node's beats, and when each was last seen. */
  readonly beats: ReadonlyMap<string, { readonly entries: number; readonly lastSeenAt: string }>
  /** By job: who holds it, and how many entries the audit has of its claim. */
  readonly claims: ReadonlyMap<string, { readonly claimedBy: string | undefined; readonly entries: number }>
}

/** Read by SQL, past everything that the controller may have in mind. */
export async function readTables(controller: Controller): Promise<Tables> {
  const sql = await databaseOf(controller)
  const beats = await sql<{ node: string; entries: number; seen: Date | null }[]>`
    select node_id as node, last_seen_at as seen, (
      select count(*)::int from audit where target_id = node_id and action = 'nodes.heartbeat.succeeded'
    ) as entries from presences`
  const claims = await sql<{ job: string; holder: string | null; entries: number }[]>`
    select id as job, claimed_by as holder, coalesce(entries, 0) as entries from jobs left join (
      select target_id, count(*)::int as entries from audit
      where action = 'recording_jobs.claim_next.succeeded' group by target_id
    ) as told on target_id = id where claimed_by is not null or entries > 0`
  await sql.end()
  return {
    beats: new Map(beats.map(({ node, entries, seen }) => [node, { entries, lastSeenAt: seen?.toISOString() ?? '' }])),
    claims: new Map(claims.map(({ job, holder, entries }) => [job, { claimedBy: holder ?? undefined, entries }])),
  }
}

/** Every yes that has not been kept. More than was said yes to may be there: an answer can be lost on its way. */
export function broken({ beats, claims, faults }: Acknowledged, tables: Tables): readonly string[] {
  const wrong = [...faults]
  for (const [nodeId, { count, lastSeenAt }] of beats) {
    const kept = tables.beats.get(nodeId)
    if (!kept) wrong.push(`${nodeId}: ${count} beats acknowledged, and it was never seen`)
    else {
      if (kept.entries < count) wrong.push(`${nodeId}: ${count} beats acknowledged, ${kept.entries} in the audit`)
      if (kept.lastSeenAt < lastSeenAt)
        wrong.push(`${nodeId}: acknowledged at ${lastSeenAt}, seen at ${kept.lastSeenAt}`)
    }
  }
  for (const { jobId, nodeId } of claims) {
    const kept = tables.claims.get(jobId)
    if (kept?.claimedBy !== nodeId) wrong.push(`${jobId}: given to ${nodeId}, held by ${kept?.claimedBy ?? 'nobody'}`)
    if (kept?.entries !== 1) wrong.push(`${jobId}: given once, ${kept?.entries ?? 0} times in the audit`)
  }
  const twice = claims.length - new Set(claims.map(({ jobId }) => jobId)).size
  return twice > 0 ? [...wrong, `${twice} jobs were given twice`] : wrong
}

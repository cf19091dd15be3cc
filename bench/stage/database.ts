import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import postgres from 'postgres'
import type { Target } from '../workloads.ts'
import type { Controller } from './controller.ts'
import { asked } from './enrol.ts'
import type { Fleet } from './stage.ts'

/** The one in the folder of a controller of ours that is running. */
export async function databaseOf({ folder }: Controller): Promise<postgres.Sql> {
  const password = await readFile(join(folder, 'data/postgres/pg/secret'), 'utf8')
  const host = join(folder, 'data/postgres/pg/data')
  return postgres({ host, port: 5432, user: 'roomtone', database: 'roomtone', password, max: 1 })
}

/* What would take too long to come about by the door is written into the database of a controller of ours. */

/** Jobs that are long over, with their recordings, spread over the fleet. The controller is started again, to know of them. */
export async function writeFinishedJobs(fleet: Required<Fleet>, count: number): Promise<void> {
  const { nodeId, token } = firstOf(fleet)
  const original = await order(fleet, nodeId)
  const api = `${fleet.place.url}/api/v1`
  await asked('POST', `${api}/nodes/${nodeId}/recording-jobs/claim-next`, undefined, token)
  const filed = await fetch(`${api}/recordings/${original.recordingId}/cache-file`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}`, 'x-rakkr-recording-job-id': original.jobId },
    body: new Uint8Array(1000),
  })
  if (!filed.ok) throw new Error(`the recording was not taken: ${await filed.text()}`)
  const minutesAgo = (column: string) => `'${column}', one.${column} - n * interval '1 minute'`
  const sql = await databaseOf(fleet.controller)
  await multiply(sql, original, { from: 1, count, nodeIds: idsOf(fleet.targets) }, [
    ['recordings', minutesAgo('recorded_at')],
    ['jobs', ['created_at', 'started_at', 'completed_at', 'lease_expires_at'].map(minutesAgo).join()],
  ])
  await vacuum(sql)
  await sql.end()
  await fleet.controller.stop()
  await fleet.controller.start()
}

export interface Order {
  readonly jobId: string
  readonly recordingId: string
}

export async function order({ place, session }: Fleet, nodeId: string): Promise<Order> {
  const body = { nodeId, recordingProfileId: 'voice-wav' }
  const answer = await asked('POST', `${place.url}/api/v1/recordings`, body, session)
  const { data, job } = await answer.json()
  return { jobId: `${job.id}`, recordingId: `${data.id}` }
}

export const idsOf = (targets: readonly Target[]): readonly string[] => targets.map(({ nodeId }) => nodeId)

interface Copies {
  /** The number of the first, of which its ids are made. */
  readonly from: number
  readonly count: number
  readonly nodeIds: readonly string[]
}

/** Copies of one that came about by the door. */
export async function multiply(
  sql: postgres.Sql,
  { jobId, recordingId }: Order,
  { from, count, nodeIds }: Copies,
  tables: readonly (readonly [table: 'recordings' | 'jobs', differences: string])[],
): Promise<void> {
  await sql`set synchronous_commit = off`
  const node = `'node_id', $2::text::jsonb ->> (n % jsonb_array_length($2::text::jsonb))`
  for (const [table, differences] of tables) {
    const ids = table === 'jobs' ? `'id', 'job_' || n, 'recording_id', 'rec_' || n` : `'id', 'rec_' || n`
    const text = `insert into ${table} select copy.*
      from ${table} as one, generate_series($3::text::int, $3::text::int + $4::text::int - 1) as n,
      lateral jsonb_populate_record(one, jsonb_build_object(${ids}, ${node}, ${differences})) as copy
      where one.id = $1::text`
    const original = table === 'jobs' ? jobId : recordingId
    const made = await sql.unsafe(text, [original, JSON.stringify(nodeIds), String(from), String(count)])
    if (made.count !== count) throw new Error(`${made.count} of ${count} ${table} were made`)
  }
}

/** As it would have become in the time that so many take. */
export const vacuum = (sql: postgres.Sql) => sql.unsafe('vacuum analyze recordings, jobs')

function firstOf({ targets: [first] }: Fleet): Target {
  if (!first) throw new Error('nobody is enrolled')
  return first
}

/** How many jobs are in some state, as the controller itself has it. */
export async function countJobs({ place, session }: Fleet, status: string): Promise<number> {
  const answer = await asked('GET', `${place.url}/api/v1/recording-jobs?status=${status}&limit=1`, undefined, session)
  return (await answer.json()).meta.total
}

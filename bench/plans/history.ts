import { type Address, connect } from '../../adapters/storage/postgres/client.ts'
import type { TestRoom } from '../../hosts/door/testing-room.ts'

/** Past recordings, with all that remains of each: as many as are asked for, spread over the nodes. */
export async function recordHistory(
  room: TestRoom,
  address: Address,
  count: number,
  nodeIds: readonly string[],
): Promise<void> {
  const [recordingId, jobId] = await finishOne(room)
  const sql = connect(address, { max: 1 })
  // What makes history is not what is looked at.
  await sql`set auto_explain.log_min_duration = -1`
  for (const [table, where, differences] of copies) {
    const text = `insert into ${table} select copy.* from ${table} as one, generate_series(1, $3::text::int) as n,
      lateral jsonb_populate_record(one, jsonb_build_object(${differences})) as copy
      where one.${where} = $1::text and $2::text::jsonb is not null`
    const parameters = [table === 'jobs' ? jobId : recordingId, JSON.stringify(nodeIds), String(count)]
    const made = await sql.unsafe(text, parameters)
    if (made.count !== count) throw new Error(`${made.count} of ${count} ${table} were made`)
    await sql.unsafe(`vacuum analyze ${table}`)
  }
  await sql.end()
}

/** One that went wrong at first, came in a piece, and is whole: of every kind of row there is one. */
async function finishOne(room: TestRoom): Promise<readonly [string, string]> {
  const { put, jobId, recordingId } = await room.captured()
  await put(new Uint8Array(0))
  await put(new Uint8Array(1000), {}, '?chunk=0&chunkTotal=1')
  return [recordingId, jobId]
}

const node = `'node_id', $2::text::jsonb ->> (n % jsonb_array_length($2::text::jsonb))`
const recording = `'recording_id', 'rec_' || n`
const ago = (column: string) => `'${column}', one.${column} - n * interval '1 minute'`

/** What is copied, which row of it, and in what the copies differ: in time, in place, and in how they ended. */
const copies = [
  ['recordings', 'id', `'id', 'rec_' || n, ${node}, ${ago('recorded_at')}`],
  [
    'jobs',
    'id',
    `'id', 'job_' || n, ${recording}, ${node}, ${ago('created_at')}, ${ago('completed_at')}, ${ago('lease_expires_at')},
     'status', case n % 20 when 0 then 'failed' when 1 then 'cancelled' else 'completed' end,
     'failure_reason', case n % 20 when 0 then 'lease_expired' end,
     'stop_requested_at', case n % 20 when 1 then one.created_at - n * interval '1 minute' end`,
  ],
  [
    'recording_chunks',
    'recording_id',
    `'id', 'chunk_' || n, 'recording_id', 'rec_' || (n - n % 5), 'index', n % 5 + 1, 'job_id', 'job_' || (n - n % 5)`,
  ],
  ['health_events', 'recording_id', `'id', 'event_' || n, ${recording}, ${node}, ${ago('opened_at')}`],
] as const

import { setTimeout as sleep } from 'node:timers/promises'
import { type Address, connect, type Sql } from '../../adapters/storage/postgres/client.ts'

/** Of every hundred entries so many are of this kind. */
interface Share {
  readonly per100: number
  readonly action: string
  readonly outcome?: 'allowed' | 'denied' | 'failed'
  readonly by: 'node' | 'user' | 'anonymous'
  readonly about: 'node' | 'recording' | 'user' | 'auth' | 'controller'
  readonly permission?: string
  readonly reason?: string
}

/** What a house with 300 recorders and 200 people leaves: signs of life and looks above all. */
const mix: readonly Share[] = [
  { per100: 34, action: 'nodes.heartbeat', by: 'node', about: 'node', permission: 'node:control' },
  { per100: 6, action: 'nodes.config.read', by: 'node', about: 'node', permission: 'node:control' },
  {
    per100: 7,
    action: 'recording_jobs.claim.succeeded',
    by: 'node',
    about: 'recording',
    permission: 'recording:control',
  },
  {
    per100: 7,
    action: 'recordings.cache_file.attach.succeeded',
    by: 'node',
    about: 'recording',
    permission: 'recording:control',
  },
  { per100: 3, action: 'nodes.read', outcome: 'allowed', by: 'user', about: 'controller', permission: 'node:read' },
  { per100: 3, action: 'nodes.read.succeeded', by: 'user', about: 'controller', permission: 'node:read' },
  {
    per100: 5,
    action: 'audit.events.read',
    outcome: 'allowed',
    by: 'user',
    about: 'controller',
    permission: 'audit:read',
  },
  { per100: 5, action: 'audit.events.read.succeeded', by: 'user', about: 'controller', permission: 'audit:read' },
  {
    per100: 8,
    action: 'recordings.detail.read',
    outcome: 'allowed',
    by: 'user',
    about: 'recording',
    permission: 'recording:read',
  },
  {
    per100: 8,
    action: 'recordings.detail.read.succeeded',
    by: 'user',
    about: 'recording',
    permission: 'recording:read',
  },
  {
    per100: 3,
    action: 'recordings.create',
    outcome: 'allowed',
    by: 'user',
    about: 'node',
    permission: 'recording:create',
  },
  { per100: 3, action: 'recordings.create.succeeded', by: 'user', about: 'recording', permission: 'recording:create' },
  { per100: 2, action: 'auth.users.access.update.succeeded', by: 'user', about: 'user', permission: 'auth:manage' },
  {
    ...{ per100: 2, action: 'recordings.detail.read', outcome: 'denied', by: 'user', about: 'recording' },
    ...{ permission: 'recording:read', reason: 'missing_resource_scope' },
  },
  {
    ...{ per100: 1, action: 'recording_jobs.heartbeat.failed', outcome: 'failed', by: 'node', about: 'recording' },
    ...{ permission: 'recording:control', reason: 'lease_expired' },
  },
  {
    per100: 3,
    action: 'auth.login.failed',
    outcome: 'failed',
    by: 'anonymous',
    about: 'auth',
    reason: 'invalid_credentials',
  },
]

const NODES = 300
const USERS = 200
const RECORDINGS = 20_000
export const MONTH_MS = 30 * 24 * 60 * 60_000

export const nodeId = (n: number) => `node_${n}`
export const roomOf = (node: number) => `room_${node % 150}`
export const siteOf = (node: number) => `site_${node % 12}`
export const userId = (n: number) => `user_${n}`

/** As many entries as are asked for, spread over a month; who did what to what follows from their numbers. */
export async function recordTrail(address: Address, count: number, from: number): Promise<void> {
  const sql = connect(address, { max: 1 })
  await sql`set auto_explain.log_min_duration = -1`.catch(() => {})
  await sql`truncate audit, audit_kinds, audit_parties`
  const shares = mix.flatMap(({ per100, ...share }) => Array.from({ length: per100 }, () => share))
  await sql.unsafe(entries, [JSON.stringify(shares), String(count), String(from), String(MONTH_MS / count)])
  await sql.unsafe(sharedKinds)
  await sql.unsafe(sharedParties)
  await sql`update audit_head set seq = ${count}`
  for (const table of ['audit', 'audit_kinds', 'audit_parties']) await settle(sql, table)
  await sql.end()
}

/** As it is on any later day: while somebody else is on the way out, it is not yet known that new rows are seen by all. */
async function settle(sql: Sql, table: string): Promise<void> {
  for (let settled = false; !settled; await sleep(100)) {
    await sql.unsafe(`vacuum analyze ${table}`)
    const [found] = await sql`select relallvisible >= relpages as settled from pg_class where oid = ${table}::regclass`
    settled = found?.['settled'] === true
  }
}

const entries = `
with share as materialized (
  select (place - 1)::int as place, share from jsonb_array_elements($1::text::jsonb) with ordinality as s(share, place)
), named as (
  select n, share,
    (n * 7919::bigint) % ${RECORDINGS} as recording,
    case when share ->> 'about' = 'recording' then (n * 7919::bigint) % ${RECORDINGS} % ${NODES} else n / 97 % ${NODES} end as node,
    n / 89 % ${USERS} as by_user, n / 83 % ${USERS} as of_user
  from generate_series(1, $2::text::int) as n join share on place = n * 37 % 100
), told as (
  select n, share, share ->> 'about' as about, share ->> 'by' as by,
    case share ->> 'by' when 'node' then 'node_' || node when 'user' then 'user_' || by_user else 'anonymous' end as actor_id,
    case share ->> 'by' when 'node' then 'node_' || node when 'user' then 'Ada Byron ' || by_user else 'Anonymous' end as actor_name,
    case share ->> 'about' when 'node' then 'node_' || node when 'recording' then 'rec_' || recording when 'user' then 'user_' || of_user end as target_id,
    case share ->> 'about' when 'node' then 'Hall ' || node when 'recording' then 'Session ' || recording when 'user' then 'ada' || of_user || '@example.org' end as target_name,
    array['node:node_' || node, 'room:room_' || node % 150, 'site:site_' || node % 12] as place
  from named
)
insert into audit (seq, id, created_at, action, outcome, actor_type, actor_id, actor_name, actor_roles, ip_address, session_id,
  user_agent, target_type, target_id, target_name, target_kin, permission, reason, details, correlation_ids, fleeting, kind, parties)
select n, lpad(to_hex(n), 12, '0') || '-7000-8000-' || substr(md5(n::text), 1, 12),
  to_timestamp($3::text::numeric / 1000) + n * $4::text::numeric * interval '1 millisecond',
  share ->> 'action', coalesce(share ->> 'outcome', 'succeeded'), case by when 'node' then 'node' else 'user' end, actor_id, actor_name,
  case by when 'user' then array['operator'] else array[]::text[] end, '10.0.0.' || n % 250,
  case by when 'user' then md5(actor_id) end, case by when 'node' then 'roomtone-agent/1.0' else 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0' end,
  about, target_id, target_name,
  case about when 'node' then place when 'recording' then array['recording:' || target_id] || place when 'user' then array['user:' || target_id] else array[]::text[] end,
  share ->> 'permission', share ->> 'reason',
  jsonb_build_object('method', 'POST', 'path', '/api/v1/' || about || 's/' || coalesce(target_id, ''), 'roles', '["operator"]'::jsonb, 'requiredPermission', share ->> 'permission'),
  '{}', case when share ->> 'action' like '%read%' or share ->> 'action' = 'nodes.heartbeat' then true end,
  md5(concat_ws('|', share ->> 'action', coalesce(share ->> 'outcome', 'succeeded'), by, about, share ->> 'permission', share ->> 'reason'))::uuid,
  md5(concat_ws('|', by, actor_id, about, target_id))::uuid
from told`

const sharedKinds = `insert into audit_kinds (id, action, outcome, actor_type, target_type, permission, reason)
  select distinct on (kind) kind, action, outcome, actor_type, target_type, permission, reason from audit`

const sharedParties = `insert into audit_parties (id, actor_text, target_text, done_by, is_open, kin, kin_types, kin_ids)
  select distinct on (parties) parties, lower(concat_ws(E'\\n', actor_id, actor_name)), lower(concat_ws(E'\\n', target_type, target_id, target_name)),
    case actor_type when 'user' then actor_id end, target_id is null or target_type not in ('node', 'recording'), target_kin,
    array(select split_part(k, ':', 1) from unnest(target_kin) as k), array(select split_part(k, ':', 2) from unnest(target_kin) as k)
  from audit`

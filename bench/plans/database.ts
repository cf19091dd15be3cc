import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startManaged } from '../../adapters/storage/managed/start.ts'
import { type Address, connect } from '../../adapters/storage/postgres/client.ts'
import type { Answered } from './plan.ts'

/** A PostgreSQL that notes how it answered each statement: the very one that was sent, with what was sent along. */
export interface NotingDatabase {
  readonly address: Address
  readonly version: string
  /** What was asked since the last time. */
  answered(): Promise<readonly Answered[]>
  /** From now on nothing is noted, and nothing is slowed down by it. */
  silence(): Promise<void>
  close(): Promise<void>
}

/** The server's own auto_explain, into a log of JSON lines. */
const NOTING = {
  session_preload_libraries: 'auto_explain',
  'auto_explain.log_min_duration': '0',
  'auto_explain.log_analyze': 'on',
  'auto_explain.log_buffers': 'on',
  'auto_explain.log_timing': 'off',
  'auto_explain.log_parameter_max_length': '0',
  'auto_explain.log_format': 'json',
  logging_collector: 'on',
  log_destination: 'jsonlog',
  log_filename: 'plans.log',
  log_rotation_size: '0',
}
/** What is lost with a power cut is made again; and who vacuums is said, so that each run finds the same. */
const HASTY = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', autovacuum: 'off' }

export async function notingDatabase(): Promise<NotingDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'roomtone-plans-'))
  // The database may run under another account, which has to pass through.
  await chmod(folder, 0o711)
  const server = await startManaged({ dir: join(folder, 'postgres'), settings: { ...NOTING, ...HASTY } })
  const admin = connect(server.connection, { max: 1 })
  const [said] = await admin`show server_version`
  const read = async () => notesIn(await readFile(join(server.connection.host, 'log/plans.json'), 'utf8'))
  let known = 0
  return {
    address: server.connection,
    version: said?.['server_version'] as string,
    async answered() {
      // The log comes after the answer: what was asked last stands in it once this does.
      const last = `select 'nothing after ${known}'`
      await admin.unsafe(last)
      let notes = await read()
      const end = () => notes.findLastIndex(({ statement }) => statement === last)
      // What looks after the database by itself may stand behind it, and is on nobody's way.
      for (; end() < 0; notes = await read()) await sleep(20)
      const fresh = notes.slice(known, end()).filter(({ statement }) => !statement.includes('gin_clean_pending_list'))
      known = end() + 1
      return fresh
    },
    async silence() {
      await admin`alter system set auto_explain.log_min_duration = -1`
      await admin`select pg_reload_conf()`
    },
    async close() {
      await admin.end()
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function notesIn(log: string): readonly Answered[] {
  const whole = log.slice(0, log.lastIndexOf('\n') + 1)
  return whole.split('\n').flatMap((line) => {
    const note = /^duration: [^\n]+ plan:\n([\s\S]*)$/.exec(line === '' ? '' : JSON.parse(line).message)?.[1]
    if (note === undefined) return []
    const { 'Query Text': statement, Plan: plan } = JSON.parse(note)
    return [{ statement, plan }]
  })
}

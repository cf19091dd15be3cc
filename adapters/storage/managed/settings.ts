import process from 'node:process'

/** Part of the socket's file name only: the server listens to no network. */
export const PORT = 5432

/** What the server is told on its command line; a caller may change all but how it is reached. */
export function settingArguments(settings: Readonly<Record<string, string>> = {}): readonly string[] {
  const all = { ...SETTINGS, ...settings, ...REACHED_BY }
  return Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

/** The socket lies in the data folder, which is the server's working directory and closed to other accounts. */
const REACHED_BY = {
  listen_addresses: '',
  unix_socket_directories: '.',
  unix_socket_permissions: '0700',
  port: String(PORT),
}

/** One host is the only client, on a machine that has other work: no replication, and helpers only to count a long trail. */
const SETTINGS = {
  max_connections: '50',
  huge_pages: 'off',
  io_method: 'sync',
  // As on any disk without moving parts: a page elsewhere costs little more than the next.
  random_page_cost: '1.1',
  max_worker_processes: '2',
  max_parallel_workers: '2',
  max_logical_replication_workers: '0',
  autovacuum_max_workers: '1',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_wal_size: '256MB',
  min_wal_size: '32MB',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // On macOS a plain fsync stops at the disk's cache, and what was acknowledged would not outlive a power cut.
  ...(process.platform === 'darwin' ? { wal_sync_method: 'fsync_writethrough' } : {}),
}

import { randomUUID } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { startManaged } from './managed/start.ts'
import { type Address, connect } from './postgres/client.ts'

/** What a server may take to start where the machine has more to do; no test waits for it. */
export const STARTING_MS = 60_000

/** An empty database of its own on a real server, and what it takes to get rid of it. */
export interface TestDatabase {
  readonly address: Address
  close(): Promise<void>
}

/** On the server that TEST_DATABASE_URL names; else on one of our own, started for this. */
export async function testDatabase(): Promise<TestDatabase> {
  const url = process.env['TEST_DATABASE_URL']
  return url ? databaseOn(url) : databaseOfOurOwn()
}

async function databaseOn(url: string): Promise<TestDatabase> {
  const name = `roomtone_test_${randomUUID().replaceAll('-', '')}`
  const admin = connect(url, { max: 1 })
  await admin.unsafe(`create database ${name}`)
  const address = new URL(url)
  address.pathname = `/${name}`
  return {
    address: address.href,
    async close() {
      await admin.unsafe(`drop database ${name} with (force)`)
      await admin.end()
    },
  }
}

async function databaseOfOurOwn(): Promise<TestDatabase> {
  const dir = await mkdtemp(join(tmpdir(), 'roomtone-test-'))
  await chmod(dir, 0o711)
  const server = await startManaged({
    dir: join(dir, 'postgres'),
    settings: { fsync: 'off', synchronous_commit: 'off' },
  })
  return {
    address: server.connection,
    async close() {
      await server.stop()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

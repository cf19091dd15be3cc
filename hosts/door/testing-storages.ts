import { afterAll, beforeAll } from 'bun:test'
import { PGlite } from '@electric-sql/pglite'
import { openMemory } from '../../adapters/storage/memory/open.ts'
import { extensions, openPglite } from '../../adapters/storage/pglite/open.ts'
import { type Address, connect } from '../../adapters/storage/postgres/client.ts'
import { openPostgres } from '../../adapters/storage/postgres/open.ts'
import { STARTING_MS, testDatabase } from '../../adapters/storage/testing.ts'
import type { OpenStorage } from './testing-room.ts'

/** Every storage that a host may run on; a test of the whole runs over each. To be called where tests are declared. */
export function everyStorage(): readonly (readonly [string, OpenStorage])[] {
  const database = freshDatabases()
  return [
    ['memory', openMemory],
    ['postgres', async (listener) => openPostgres(await database(), listener)],
  ]
}

/** Every opening of it takes half a second, so that it is added to the others only where a storage has most to spoil. */
export function pglite(): readonly [string, OpenStorage] {
  let empty: Blob
  beforeAll(async () => {
    const first = await PGlite.create({ extensions })
    empty = await first.dumpDataDir('none')
    await first.close()
  }, 60_000)
  return ['pglite', (listener) => openPglite(listener, { loadDataDir: empty })]
}

/** A server for this file, and an empty database of it for each call. */
export function freshDatabases(): () => Promise<Address> {
  let server: Awaited<ReturnType<typeof testDatabase>>
  beforeAll(async () => {
    server = await testDatabase()
  }, STARTING_MS)
  afterAll(() => server.close())
  return async () => {
    const name = `fresh_${crypto.randomUUID().replaceAll('-', '')}`
    await tell(server.address, `create database ${name}`)
    return beside(server.address, name)
  }
}

/** Another database that holds the same; nobody may be using the one that is copied. */
export async function copyOf(address: Address): Promise<Address> {
  const { database } = typeof address === 'string' ? { database: new URL(address).pathname.slice(1) } : address
  const copy = `copy_of_${database}`
  await tell(beside(address, 'postgres'), `create database ${copy} template ${database}`)
  return beside(address, copy)
}

async function tell(address: Address, statement: string): Promise<void> {
  const admin = connect(address, { max: 1 })
  await admin.unsafe(statement)
  await admin.end()
}

function beside(address: Address, database: string): Address {
  if (typeof address !== 'string') return { ...address, database }
  const url = new URL(address)
  url.pathname = `/${database}`
  return url.href
}

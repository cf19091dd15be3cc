import { afterAll, beforeAll } from 'bun:test'
import { describeStorage } from './conformance/storage.ts'
import { openPostgres } from './postgres/open.ts'
import { STARTING_MS, type TestDatabase, testDatabase } from './testing.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
}, STARTING_MS)
afterAll(() => database.close())

describeStorage('postgres', (listener) => openPostgres(database.address, listener))

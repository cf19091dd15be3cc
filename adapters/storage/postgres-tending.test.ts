import { expect, test } from 'bun:test'
import { anEntry } from './conformance/builders.ts'
import { connect } from './postgres/client.ts'
import { openPostgres } from './postgres/open.ts'
import { STARTING_MS, testDatabase } from './testing.ts'

const INDEX = 'audit_parties_text'
/** Several turns of tending. */
const A_WHILE_MS = 3_000

test(
  'what an index of parts has put off is put in on the side',
  async () => {
    const database = await testDatabase()
    const storage = await openPostgres(database.address, { committed() {}, reloaded() {} })
    const sql = connect(database.address, { max: 1 })
    const putOff = async () => {
      const [found] = await sql.unsafe(`select gin_clean_pending_list('${INDEX}'::regclass)::int as pages`)
      return found?.['pages']
    }
    const record = (from: number) =>
      storage.commit({
        audit: Array.from({ length: 50 }, (_, i) => anEntry({ target: { type: 'node', id: `node-${from + i}` } })),
      })
    // Nothing is tended before there is anybody to serve, and whoever asks has put it in.
    await record(0)
    expect(await putOff()).toBeGreaterThan(0)
    expect(await putOff()).toBe(0)

    await storage.load()
    await record(100)
    await Bun.sleep(A_WHILE_MS)
    expect(await putOff()).toBe(0)
    await storage.close()
    await sql.end()
    await database.close()
  },
  STARTING_MS,
)

import { expect, test } from 'bun:test'
import { everything, nothing, type Scope } from '../../core/access/scope.ts'
import type { NodeFilter } from '../../core/nodes/filter.ts'
import type { Storage } from '../../core/ports/storage.ts'
import { aNode, aPresence, T0 } from './conformance/builders.ts'
import { connect } from './postgres/client.ts'
import { openPostgres } from './postgres/open.ts'
import { STARTING_MS, testDatabase } from './testing.ts'

/** What one controller changes the others know within a second. */
const HEARD_MS = 1_000

test(
  'a count of nodes that was asked for before holds until there are others, here or elsewhere',
  async () => {
    const database = await testDatabase()
    const open = async (): Promise<Storage> => {
      const storage = await openPostgres(database.address, { committed() {}, reloaded() {} })
      await storage.load()
      return storage
    }
    const [one, other] = [await open(), await open()]
    const enrol = (storage: Storage, site: string) => {
      const node = aNode({ site })
      return storage.commit({ nodes: [node], presences: [aPresence(node.id)] })
    }
    const judgement = { now: T0, offlineAfterSeconds: 120 }
    const count = async (filter: NodeFilter, scope: Scope) =>
      (await one.stores.nodes.list(filter, scope, { limit: 1, offset: 0 }, judgement)).total
    const total = (site?: string) => count(site === undefined ? {} : { site }, everything)
    const seenBy = (scope: Scope) => count({}, scope)
    const onlyNorth: Scope = { ...nothing, allowed: [{ type: 'site', id: 'North' }] }
    await enrol(one, 'North')
    expect([await total(), await total('North'), await total('South')]).toEqual([1, 1, 0])
    await enrol(one, 'South')
    expect([await total(), await total('North'), await total('South')]).toEqual([2, 1, 1])
    expect(await seenBy(onlyNorth)).toBe(1)

    await enrol(other, 'South')
    await Bun.sleep(HEARD_MS)
    expect([await total(), await total('North'), await total('South'), await seenBy(onlyNorth)]).toEqual([3, 1, 2, 1])

    // Of what nobody tells it nothing is known, until there is something to count anew for.
    const sql = connect(database.address, { max: 1 })
    await sql`update nodes set site = 'North'`
    await sql.end()
    expect([await total('North'), await seenBy(onlyNorth)]).toEqual([1, 1])
    await enrol(one, 'North')
    expect([await total('North'), await total('South'), await seenBy(onlyNorth)]).toEqual([4, 0, 4])
    await Promise.all([one.close(), other.close()])
    await database.close()
  },
  STARTING_MS,
)

import { expect, test } from 'bun:test'
import { everything } from '../../core/access/scope.ts'
import type { Storage } from '../../core/ports/storage.ts'
import { aNode, aPresence, T0 } from './conformance/builders.ts'
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
    const total = async (site?: string) => {
      const filter = site === undefined ? {} : { site }
      const judgement = { now: T0, offlineAfterSeconds: 120 }
      return (await one.stores.nodes.list(filter, everything, { limit: 1, offset: 0 }, judgement)).total
    }
    await enrol(one, 'North')
    expect([await total(), await total('North'), await total('South')]).toEqual([1, 1, 0])
    await enrol(one, 'South')
    expect([await total(), await total('North'), await total('South')]).toEqual([2, 1, 1])
    await enrol(other, 'South')
    await Bun.sleep(HEARD_MS)
    expect([await total(), await total('North'), await total('South')]).toEqual([3, 1, 2])
    await Promise.all([one.close(), other.close()])
    await database.close()
  },
  STARTING_MS,
)

import { afterAll, beforeAll, describe } from 'bun:test'
import { Live } from '../../../core/live.ts'
import type { Listener, Storage } from '../../../core/ports/storage.ts'
import { byteShelf } from '../../system/shelf.ts'
import { auditOfSeveral } from './audit-of-several.ts'
import { auditReading } from './audit-reading.ts'
import { authorityMovesOn } from './authority.ts'
import { claims } from './claims.ts'
import { commits } from './commits.ts'
import type { Given } from './given.ts'
import { pendingLogins } from './pending-logins.ts'
import { reads } from './reads.ts'
import { sessions } from './sessions.ts'
import { trail } from './trail.ts'

export type Open = (listener: Listener) => Promise<Storage> | Storage

/** The definition of a storage: whatever passes this is one. It is given an empty one. */
export function describeStorage(name: string, open: Open): void {
  describe(`storage: ${name}`, () => {
    const given: Given = { storage: undefined as never, live: new Live(byteShelf()), told: [], reloads: [] }
    beforeAll(async () => {
      given.storage = await open({
        committed(changes, epoch) {
          given.live.committed(changes, epoch)
          given.told.push({ changes, epoch })
        },
        reloaded(loaded) {
          given.live.reloaded(loaded)
          given.reloads.push(loaded)
        },
      })
      await given.storage.load()
    })
    afterAll(() => given.storage.close())

    commits(given)
    claims(given)
    authorityMovesOn(given)
    reads(given)
    auditOfSeveral(given)
    pendingLogins(given)
    trail(given)
    auditReading(given)
    sessions(given)
  })
}

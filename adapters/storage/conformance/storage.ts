import { afterAll, beforeAll, describe } from 'bun:test'
import type { Listener, Storage } from '../../../core/ports/storage.ts'
import { authorityMovesOn } from './authority.ts'
import { commits } from './commits.ts'
import type { Given } from './given.ts'
import { reads } from './reads.ts'

export type Open = (listener: Listener) => Promise<Storage> | Storage

/** The definition of a storage: whatever passes this is one. It is given an empty one. */
export function describeStorage(name: string, open: Open): void {
  describe(`storage: ${name}`, () => {
    const given: Given = { storage: undefined as never, told: [], reloads: [] }
    beforeAll(async () => {
      given.storage = await open({
        committed: (changes, epoch) => void given.told.push({ changes, epoch }),
        reloaded: (loaded) => void given.reloads.push(loaded),
      })
      await given.storage.load()
    })
    afterAll(() => given.storage.close())

    commits(given)
    authorityMovesOn(given)
    reads(given)
  })
}

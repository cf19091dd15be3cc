import { openMemory } from '../../adapters/storage/memory/open.ts'
import { openPostgres } from '../../adapters/storage/postgres/open.ts'
import type { Ids } from '../../core/ports/identity.ts'
import type { Changes } from '../../core/ports/storage.ts'
import type { OpenStorage } from './testing-room.ts'
import { copyOf, freshDatabases } from './testing-storages.ts'

/** A storage to build a world in, and, when that is closed, the same world twice. */
export interface Twins {
  readonly first: OpenStorage
  both(): Promise<readonly [OpenStorage, OpenStorage]>
}

/** To be called where tests are declared. */
export function everyTwins(): readonly (readonly [string, () => Promise<Twins>])[] {
  const database = freshDatabases()
  return [
    ['memory', async () => memoryTwins()],
    [
      'postgres',
      async () => {
        const address = await database()
        const open: OpenStorage = (listener) => openPostgres(address, listener)
        return {
          first: open,
          async both() {
            const copy = await copyOf(address)
            return [open, (listener) => openPostgres(copy, listener)]
          },
        }
      },
    ],
  ]
}

/** Memory has nothing that could be copied: whatever was committed is committed again. */
function memoryTwins(): Twins {
  const commits: Changes[] = []
  const again: OpenStorage = async (listener) => {
    const storage = openMemory(listener)
    for (const each of commits) await storage.commit(each)
    return storage
  }
  return {
    async first(listener) {
      const storage = openMemory(listener)
      const commit = async (changes: Changes, epoch?: number) => {
        await storage.commit(changes, epoch)
        commits.push(changes)
      }
      return { ...storage, commit }
    },
    both: async () => [again, again],
  }
}

/** Ids that two worlds give alike, once both have been told to go on from the same number. */
export class CountedIds implements Ids {
  at: number

  constructor(at: number) {
    this.at = at
  }

  uuid = (): string => this.#next(4)
  ordered = (): string => this.#next(7)

  #next(kind: number): string {
    this.at++
    return `00000000-0000-${kind}000-8000-${this.at.toString(16).padStart(12, '0')}`
  }
}

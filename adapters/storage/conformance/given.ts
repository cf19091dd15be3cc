import type { Live } from '../../../core/live.ts'
import type { Changes, Loaded, Storage } from '../../../core/ports/storage.ts'

/** What the suite holds: the storage, the live state over it, and what its listener has been told. */
export interface Given {
  storage: Storage
  readonly live: Live
  readonly told: { readonly changes: Changes; readonly epoch: number }[]
  readonly reloads: Loaded[]
}

export const outcome = (commit: Promise<unknown>): Promise<string> =>
  commit.then(
    () => 'kept',
    (error: Error) => error.name,
  )

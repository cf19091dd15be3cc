import type { Read } from './reader.ts'

/** Says one statement, and gives its rows. */
export type Query = (text: string, parameters?: readonly string[]) => Promise<readonly Record<string, unknown>[]>

/**
 * How a statement reaches PostgreSQL: over a socket, or in this very process. Everything else is said once, over this.
 * It throws what the database said of a statement, and StorageUnavailable when nothing is known of it.
 */
export interface Engine {
  readonly read: Read
  /** Reads that see one moment, whoever writes meanwhile. */
  readonly snapshot: Read
  /** A statement that commits by itself. */
  readonly query: Query
  /** Statements of which all are kept, or none. */
  transaction<T>(work: (query: Query) => Promise<T>): Promise<T>
  /** Hears what is said on a channel, as long as its connection holds. Absent where there is nobody else. */
  listen?(channel: string, heard: (payload: string) => void): { renew(): void }
  close(): Promise<void>
}

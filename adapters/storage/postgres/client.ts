import postgres from 'postgres'
import { StorageUnavailable } from '../../../core/ports/storage.ts'
import { isCancelled, isRefusal } from './errors.ts'

export type Sql = postgres.Sql
/** An address, or the folder of a local server's socket with what it takes to sign in there. */
export type Address =
  | string
  | Readonly<{ host: string; port: number; user: string; password: string; database: string }>

const DEADLINE_MS = 5_000
/** What only reads ends at the server before nobody waits for it any more: given up here alone, it would go on there. */
export const READ_MS_MAX = 4_500
const CONNECT_TIMEOUT_SECONDS = 5
/** How long the queries on a lost pool's other connections have to finish. */
const DRAIN_SECONDS = 1

interface Pool {
  readonly sql: Sql
  lost: boolean
}

/**
 * A pool that is thrown away as soon as one of its connections closes, and opened anew for the next query.
 *
 * Why the driver must not reconnect by itself (postgres 3.4.9): when a connection closes while a write is pending, the
 * driver clears that write's timer but goes on believing in it, and keeps the unsent bytes. What the same connection says
 * later, its start-up message first of all, then waits for a timer that never fires: that query hangs, and each one after it.
 * It would also reconnect underneath a transaction, whose next statement would run outside it.
 */
export class RenewablePool {
  readonly #open: (onclose: () => void) => Sql
  #current: Pool

  constructor(address: Address, max: number, statementMs?: number) {
    this.#open = (onclose) => connect(address, { max, onclose, statementMs })
    this.#current = this.#renew()
  }

  /** Runs the work on a pool that is whole, within the deadline. Every failure of the connection is StorageUnavailable. */
  async use<T>(work: (pool: Readonly<Pool>) => Promise<T>): Promise<T> {
    const pool = this.#current.lost ? this.#renew() : this.#current
    let timer: ReturnType<typeof setTimeout> | undefined
    const tooLate = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('no answer in time')), DEADLINE_MS)
    })
    try {
      return await Promise.race([work(pool), tooLate])
    } catch (error) {
      if (isRefusal(error)) throw error
      if (isCancelled(error)) throw new Cancelled('the database took too long', { cause: error })
      this.#retire(pool)
      throw new StorageUnavailable('the database is out of reach', { cause: error })
    } finally {
      clearTimeout(timer)
    }
  }

  /**
   * The same for what may be asked twice: a pool that was lost underneath is no reason to fail. What was ended for taking too
   * long is not asked again: it would take as long.
   */
  async useTwice<T>(work: (pool: Readonly<Pool>) => Promise<T>): Promise<T> {
    try {
      return await this.use(work)
    } catch (error) {
      if (!(error instanceof StorageUnavailable) || error instanceof Cancelled) throw error
      return this.use(work)
    }
  }

  close(): Promise<void> {
    return this.#current.sql.end({ timeout: DRAIN_SECONDS })
  }

  #renew(): Pool {
    const pool: Pool = { sql: this.#open(() => this.#retire(pool)), lost: false }
    this.#current = pool
    return pool
  }

  #retire(pool: Pool): void {
    if (pool.lost) return
    pool.lost = true
    void pool.sql.end({ timeout: DRAIN_SECONDS }).catch(() => {})
  }
}

/** The server ended a statement. Its connection is whole, and nothing of it was kept. */
class Cancelled extends StorageUnavailable {}

interface Connecting {
  readonly max: number
  readonly onclose?: () => void
  /** The longest that a statement may take. */
  readonly statementMs?: number | undefined
}

export const connect = (address: Address, { max, onclose, statementMs }: Connecting): Sql => {
  const options = {
    max,
    // Asked for in a promise that nobody holds: a connection lost just then would end the process.
    fetch_types: false,
    connect_timeout: CONNECT_TIMEOUT_SECONDS,
    max_lifetime: null,
    onnotice: () => {},
    ...(onclose && { onclose }),
    ...(statementMs !== undefined && { connection: { statement_timeout: statementMs } }),
  }
  return typeof address === 'string' ? postgres(address, options) : postgres({ ...address, ...options })
}

import {
  type Changes,
  type Listener,
  type Loaded,
  oneVersionOn,
  Stale,
  StorageUnavailable,
} from '../../../core/ports/storage.ts'
import type { Engine } from './engine.ts'
import { isLostRace, isRefusal } from './errors.ts'
import { appendBatch, type Commit, savesAnything, type Written, writeBatch } from './write.ts'

interface Waiting extends Commit {
  readonly settle: (error?: Error) => void
}

const WAITING_MAX = 10_000
const BATCH_MAX = 500

/**
 * Whatever arrives while a flush is under way shares the next one: one commit, then everyone in it is answered.
 * Nobody takes a neighbour down: whose thing had moved on is told so and the rest is kept, and when the database would not
 * take the batch, each is tried alone.
 */
export class GroupCommit {
  readonly #engine: Engine
  readonly #load: () => Promise<Loaded>
  readonly #listener: Listener
  #waiting: Waiting[] = []
  #flushing = false
  #auditing = true
  /** What the live state holds may not be what the database holds. */
  #doubtful = false
  #epoch = 0

  constructor(engine: Engine, load: () => Promise<Loaded>, listener: Listener) {
    this.#engine = engine
    this.#load = load
    this.#listener = listener
  }

  get auditing(): boolean {
    return this.#auditing
  }

  doubt = (): void => {
    this.#doubtful = true
  }

  startFrom(epoch: number): void {
    this.#epoch = epoch
  }

  commit = (changes: Changes, epoch?: number): Promise<void> =>
    new Promise((resolve, reject) => {
      if (this.#waiting.length >= WAITING_MAX) {
        return reject(new StorageUnavailable('too much is waiting to be written'))
      }
      this.#waiting.push({ changes, epoch, settle: (error) => (error ? reject(error) : resolve()) })
      if (!this.#flushing) void this.#flushAll()
    })

  async #flushAll(): Promise<void> {
    this.#flushing = true
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, BATCH_MAX)
      this.#waiting = this.#waiting.slice(BATCH_MAX)
      await this.#flush(batch)
    }
    this.#flushing = false
  }

  async #flush(batch: readonly Waiting[]): Promise<void> {
    try {
      if (this.#doubtful) await this.#reload()
      this.#settle(batch, await this.#write(batch))
      if (batch.some(({ changes }) => changes.audit?.length)) this.#auditing = true
    } catch (error) {
      if (isRefusal(error) && batch.length > 1) for (const each of batch) await this.#flush([each])
      else this.#fail(batch, isLostRace(error) ? new Stale() : (error as Error))
    }
  }

  #write(batch: readonly Waiting[]): Promise<Written> {
    if (!batch.some(savesAnything)) return appendBatch(this.#engine.query, batch)
    return this.#engine.transaction((query) => writeBatch(query, batch))
  }

  #settle(batch: readonly Waiting[], { stale, epochs, found }: Written): void {
    if (found !== undefined && found !== this.#epoch) this.#doubtful = true
    for (const each of batch) {
      if (stale.has(each)) continue
      this.#epoch = epochs.get(each) ?? this.#epoch
      this.#listener.committed(oneVersionOn(each.changes), this.#epoch)
    }
    for (const each of batch) each.settle(stale.has(each) ? new Stale() : undefined)
  }

  #fail(batch: readonly Waiting[], error: Error): void {
    if (!(error instanceof Stale)) this.#auditing = false
    // It may have been written, and nobody was told.
    if (error instanceof StorageUnavailable) this.#doubtful = true
    for (const each of batch) each.settle(error)
  }

  async #reload(): Promise<void> {
    const loaded = await this.#load()
    this.#epoch = loaded.epoch
    this.#listener.reloaded(loaded)
    this.#doubtful = false
  }
}

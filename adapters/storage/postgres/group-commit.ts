import {
  type Changes,
  type Listener,
  type Loaded,
  movesThings,
  Overloaded,
  oneVersionOn,
  Stale,
  StorageUnavailable,
} from '../../../core/ports/storage.ts'
import { Shared } from './adding.ts'
import { fitsAtOnce, writeAtOnce } from './at-once.ts'
import type { Commit, Written } from './batch.ts'
import type { Engine } from './engine.ts'
import { isLostRace, isRefusal } from './errors.ts'
import { type LineBounds, Lines } from './lines.ts'
import type { LoadedUpTo } from './load.ts'
import { both, type Note, type Touched } from './note.ts'
import { writeBatch } from './write.ts'

/** How the live state is read: all of it, or what has been touched. */
export interface Reading {
  readonly all: () => Promise<LoadedUpTo>
  readonly touched: (touched: Touched) => Promise<Loaded>
  /** The number of the last note that was given out. */
  readonly moved: () => Promise<number>
}

interface Waiting extends Commit {
  readonly settle: (error?: Error) => void
}

/** An answer to what comes again by itself is worth something while it is fresh; whatever else came, is wanted. */
const BOUNDS: LineBounds = {
  urgent: { most: 10_000 },
  ordinary: { most: 10_000 },
  routine: { most: 10_000, ms: 2_000 },
  refused: { most: 1_000, ms: 2_000 },
}
const BATCH_MAX = 500
/** So long it is waited for more, while what waits is routine and little. */
const GATHER_MS = 4
const LITTLE = 16
/** How often it is looked for those who have waited for too long, while a flush takes its time. */
const LOOK_MS = 250

/**
 * Whatever arrives while a flush is under way shares the next one: one commit, then everyone in it is answered. When more
 * arrives than can be written the most urgent go first, and of the rest those who would wait for too long are sent away.
 * Nobody takes a neighbour down: whose thing had moved on is told so and the rest is kept, and when the database would not
 * take the batch, each is tried alone.
 */
export class GroupCommit {
  readonly #engine: Engine
  readonly #reading: Reading
  readonly #listener: Listener
  readonly #shared = new Shared()
  readonly #lines = new Lines<Waiting>(BOUNDS)
  #flushing = false
  /** Ends the wait for more. */
  #gathered: (() => void) | undefined
  #auditing = true
  /** What the live state holds may not be what the database holds. */
  #doubtful = false
  /** It is to be looked at before the next commit whether others have been here. */
  #unsure = false
  #epoch = 0
  /** The last note that the live state is true to, and what those since then have touched. */
  #moved = 0
  #touched: readonly Touched[] = []
  #nodesMoved = 0
  /** Tells this controller's own notes from the others'. */
  #me: string = crypto.randomUUID()

  constructor(engine: Engine, reading: Reading, listener: Listener) {
    this.#engine = engine
    this.#reading = reading
    this.#listener = listener
  }

  get auditing(): boolean {
    return this.#auditing
  }

  get moved(): number {
    return this.#moved
  }

  /** Another number whenever the nodes may be others, or elsewhere. */
  get nodesMoved(): number {
    return this.#nodesMoved
  }

  /** Somebody keeps losing: to this very process, or to one whose note is still on its way. */
  doubt = (): void => {
    this.#unsure = true
  }

  startFrom({ epoch, moved }: LoadedUpTo): void {
    this.#epoch = epoch
    this.#moved = moved
    this.#touched = []
    this.#nodesMoved++
    this.#shared.forget()
  }

  /** Another controller's change is looked up at once, between two flushes; with a note missing, everything is. */
  hear = ({ number, by, ...note }: Note): void => {
    if (number <= this.#moved) return
    const isNext = number === this.#moved + 1
    const isOwn = isNext && by === this.#me
    // A note that cannot be read is as if it had not come.
    const touched = isNext && !isOwn ? note.touched() : undefined
    if (isNext) this.#moved = number
    if (isOwn) return
    if (touched) this.#touched = [...this.#touched, touched]
    else this.#doubtful = true
    this.goOn()
  }

  missed = (): void => {
    this.#doubtful = true
    this.goOn()
  }

  commit = (changes: Changes, epoch?: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const settle = (error?: Error) => (error ? reject(error) : resolve())
      const { urgency = 'ordinary' } = changes
      if (!this.#lines.join({ changes, epoch, moves: movesThings(changes), settle }, urgency, performance.now()))
        return settle(tooMuch())
      if (!this.#lines.isSlack(LITTLE)) this.#gathered?.()
      this.goOn()
    })

  /** Writes what waits, and catches up with what was heard. */
  goOn = (): void => {
    if (!this.#flushing) void this.#flushAll()
  }

  get #isBehind(): boolean {
    return this.#doubtful || this.#touched.length > 0
  }

  async #flushAll(): Promise<void> {
    this.#flushing = true
    const looking = setInterval(this.#sendAway, LOOK_MS)
    let reached = true
    while (this.#lines.length > 0 || (this.#isBehind && reached)) {
      if (this.#lines.isSlack(LITTLE) && !this.#isBehind) await this.#gather()
      this.#sendAway()
      const batch = this.#lines.take(BATCH_MAX)
      if (batch.length > 0) await this.#flush(batch)
      // While the database is away there is nothing to catch up with.
      else
        reached = await this.#catchUp().then(
          () => true,
          () => false,
        )
    }
    clearInterval(looking)
    this.#flushing = false
  }

  /** A commit costs about the same for one sign of life as for ten, and who sends it waits for nothing. */
  #gather(): Promise<void> {
    return new Promise((resolve) => {
      const over = () => {
        clearTimeout(timer)
        this.#gathered = undefined
        resolve()
      }
      const timer = setTimeout(over, GATHER_MS)
      this.#gathered = over
    })
  }

  #sendAway = (): void => {
    for (const each of this.#lines.late(performance.now())) each.settle(tooMuch())
  }

  async #flush(waiting: readonly Waiting[]): Promise<void> {
    let batch = waiting
    try {
      await this.#catchUp()
      batch = this.#inTime(waiting)
      if (batch.length === 0) return
      this.#settle(batch, await this.#write(batch))
      if (batch.some(({ changes }) => changes.audit?.length)) this.#auditing = true
    } catch (error) {
      if (isRefusal(error) && batch.length > 1) for (const each of batch) await this.#flush([each])
      else this.#fail(batch, isLostRace(error) ? new Stale() : (error as Error))
    }
  }

  /** What was decided before authority moved on here needs no database to be told so. */
  #inTime(waiting: readonly Waiting[]): readonly Waiting[] {
    const isLate = ({ epoch }: Waiting) => epoch !== undefined && epoch < this.#epoch
    if (!waiting.some(isLate)) return waiting
    for (const each of waiting) if (isLate(each)) each.settle(new Stale())
    return waiting.filter((each) => !isLate(each))
  }

  async #write(batch: readonly Commit[]): Promise<Written> {
    const { query, transaction } = this.#engine
    const written = batch.every(fitsAtOnce) ? await writeAtOnce(query, batch, this.#me, this.#shared) : undefined
    return written ?? transaction((each) => writeBatch(each, batch, this.#me, this.#shared))
  }

  #settle(batch: readonly Waiting[], { stale, epochs, found, moved, shared }: Written): void {
    this.#shared.learn(shared)
    if (found !== undefined && found !== this.#epoch) this.#doubtful = true
    if (moved === this.#moved + 1) this.#moved = moved
    for (const each of batch) {
      if (stale.has(each)) continue
      this.#epoch = epochs.get(each) ?? this.#epoch
      if (each.moves && (each.changes.nodes ?? each.changes.removed?.nodes)) this.#nodesMoved++
      this.#listener.committed(each.moves ? oneVersionOn(each.changes) : each.changes, this.#epoch)
    }
    for (const each of batch) each.settle(stale.has(each) ? new Stale() : undefined)
  }

  #fail(batch: readonly Waiting[], error: Error): void {
    if (!(error instanceof Stale)) this.#auditing = false
    // It may have been written, and nobody was told; it may even be written later. Then its note is as good as another's.
    if (error instanceof StorageUnavailable) {
      this.#doubtful = true
      this.#me = crypto.randomUUID()
    }
    for (const each of batch) each.settle(error)
  }

  /** What is decided on is what the database holds, as far as it was told. */
  async #catchUp(): Promise<void> {
    if (this.#unsure) {
      this.#doubtful ||= (await this.#reading.moved()) > this.#moved
      this.#unsure = false
    }
    if (this.#doubtful) {
      // Whoever doubts while it is read doubts what is read.
      this.#doubtful = false
      const loaded = await this.#reading.all().catch((error) => {
        this.#doubtful = true
        throw error
      })
      this.startFrom(loaded)
      this.#listener.reloaded(loaded)
    }
    const [first, ...others] = this.#touched
    if (first === undefined) return
    const touched = others.reduce(both, first)
    const { changes, epoch } = await this.#reading.touched(touched)
    this.#touched = this.#touched.slice(1 + others.length)
    this.#epoch = epoch
    if (touched.nodes) this.#nodesMoved++
    this.#listener.committed(changes, epoch)
  }
}

const tooMuch = () => new Overloaded('more comes than can be written in time')

import type { Target, WorkloadName } from '../workloads.ts'
import { databaseOf, idsOf, multiply, type Order, order, vacuum } from './database.ts'
import { replyBytesOf } from './enrol.ts'
import type { Fleet } from './stage.ts'

const CLAIM: WorkloadName = 'claim'
const LOOK_MS = 50
const HEARD_MS_MAX = 30_000

/**
 * Jobs that wait, on every node as many to begin with. They are written into the database of a controller of ours, which hears
 * of them as it would of another controller's. The first node is their herald: it claims one as soon as they are known, and has
 * no others.
 */
export class WaitingJobs {
  readonly #fleet: Required<Fleet>
  readonly #perNode: number
  readonly #herald: Target
  readonly #first: Order
  /** Those who have jobs. */
  readonly targets: readonly Target[]
  /** How long the answer to a claim is. */
  readonly replyBytes: number
  #heralded = 1
  #written = 0

  private constructor(fleet: Required<Fleet>, perNode: number, herald: Target, first: Order, replyBytes: number) {
    this.#fleet = fleet
    this.#perNode = perNode
    this.#herald = herald
    this.#first = first
    this.targets = fleet.targets.slice(1)
    this.replyBytes = replyBytes
  }

  static async on(fleet: Required<Fleet>, perNode: number): Promise<WaitingJobs> {
    const [herald] = fleet.targets
    if (!herald) throw new Error('nobody is enrolled')
    const first = await order(fleet, herald.nodeId)
    return new WaitingJobs(fleet, perNode, herald, first, await replyBytesOf(fleet.place.url, CLAIM, herald))
  }

  /** How many the herald has claimed. */
  get heralded(): number {
    return this.#heralded
  }

  /** There are as many again in all. */
  async fill(): Promise<void> {
    const sql = await databaseOf(this.#fleet.controller)
    const [waiting] =
      await sql`select count(*)::int as count from jobs where status = 'queued' and completed_at is null`
    const wanted = this.targets.length * this.#perNode - Number(waiting?.['count'])
    if (wanted > 0) {
      for (const [nodeIds, count] of [
        [idsOf(this.targets), wanted],
        [[this.#herald.nodeId], 1],
      ] as const) {
        await multiply(sql, this.#first, { from: this.#written, count, nodeIds }, ANEW)
        this.#written += count
      }
      if (this.#heralded === 1) await vacuum(sql)
      // A note that never comes: all is read anew.
      await sql`update audit_head set moved = moved + 1 where id = 1`
      await this.#heard()
    }
    await sql.end()
  }

  async #heard(): Promise<void> {
    const { url } = this.#fleet.place
    for (let waitedMs = 0; (await replyBytesOf(url, CLAIM, this.#herald)) === 0; waitedMs += LOOK_MS) {
      if (waitedMs > HEARD_MS_MAX) throw new Error('the controller has not heard of the jobs that wait')
      await Bun.sleep(LOOK_MS)
    }
    this.#heralded++
  }
}

/** As it was before its original was claimed. */
const ANEW = [
  ['recordings', `'recorded_at', one.recorded_at + n * interval '1 millisecond'`],
  [
    'jobs',
    `'created_at', one.created_at + n * interval '1 millisecond', 'status', 'queued', 'claimed_by', null, 'started_at', null,
     'last_heartbeat_at', null, 'lease_expires_at', null`,
  ],
] as const

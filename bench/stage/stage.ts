import { join } from 'node:path'
import type { Target, WorkloadName } from '../workloads.ts'
import { ACCOUNT, type Account, Controller } from './controller.ts'
import { enrol, replyBytesOf, signIn } from './enrol.ts'
import { canAccount, type Served, serve } from './process.ts'
import type { Runtime } from './runtimes.ts'

/** Where a server is. Its process id is absent where its CPU cannot be accounted for. */
export interface Place {
  readonly url: string
  readonly pid?: number
}

/** A controller and those who are enrolled with it. */
export interface Fleet {
  readonly place: Place
  /** The owner's session. */
  readonly session: string
  readonly targets: readonly Target[]
  /** One of ours, to be stopped, looked into, and started again. */
  readonly controller?: Controller
}

/** A fleet with something about it. */
export interface Wanted {
  readonly size: number
  readonly channels?: number
  readonly settings?: Readonly<Record<string, string>>
  /** A file that its process loads first. */
  readonly preload?: string
}

/** A controller of this contract that runs elsewhere. */
export interface Given {
  readonly url: string
  readonly account: Account
  readonly pid?: number
}

/** Where every row finds what it measures. What was started is ended when the stage is cleared, at any moment. */
export class Stage {
  readonly given: Given | undefined
  readonly #env: Readonly<Record<string, string>>
  readonly #fleets = new Map<string, Fleet>()
  readonly #running = new Set<{ clear(): Promise<unknown> }>()

  constructor(env: Readonly<Record<string, string>>, given?: Given) {
    this.#env = env
    this.given = given
  }

  /** A fleet of that size, for as long as the bench runs. One that is given has room for all, and grows. */
  async fleet(size: number, runtime: Runtime = 'bun'): Promise<Fleet> {
    if (this.given) return this.#grown(this.given, size)
    const name = `${runtime} ${size}`
    const fleet = this.#fleets.get(name) ?? (await this.#own({ size }, runtime))
    this.#fleets.set(name, fleet)
    return fleet
  }

  /** One for this occasion alone. */
  async alone<T>(wanted: Wanted, use: (fleet: Required<Fleet>) => Promise<T>): Promise<T> {
    const fleet = await this.#own(wanted, 'bun')
    try {
      return await use(fleet)
    } finally {
      await this.#clear(fleet.controller)
    }
  }

  /** The yardstick, with answers as long as those of the fleet's controller. */
  async withYardstick<T>(bytes: YardstickBytes, use: (place: Place) => Promise<T>): Promise<T> {
    const { heartbeat = 0, frame = 0, claim = 0 } = bytes
    const command = [process.execPath, join(import.meta.dir, 'yardstick.ts'), ...[heartbeat, frame, claim].map(String)]
    const served = serve(command, import.meta.dir, {})
    const running = { clear: () => served.stop() }
    this.#running.add(running)
    try {
      return await use({ url: await served.url, ...pidOf(served) })
    } finally {
      await this.#clear(running)
    }
  }

  async clear(): Promise<void> {
    await Promise.all([...this.#running].map((each) => this.#clear(each)))
  }

  async #clear(running: { clear(): Promise<unknown> }): Promise<void> {
    this.#running.delete(running)
    await running.clear()
  }

  async #own({ size, channels = 8, settings = {}, preload }: Wanted, runtime: Runtime): Promise<Required<Fleet>> {
    const controller = await Controller.make(runtime, { ...this.#env, ...settings }, preload)
    this.#running.add(controller)
    await controller.start()
    const session = await signIn(controller.url, ACCOUNT)
    const targets = await enrol(controller.url, session, { to: size, channels })
    return {
      controller,
      session,
      targets,
      // Another process after each start.
      get place() {
        return { url: controller.url, ...pidOf(controller) }
      },
    }
  }

  async #grown({ url, account, pid }: Given, size: number): Promise<Fleet> {
    const known = this.#fleets.get('given')
    const session = known?.session ?? (await signIn(url, account))
    const more = await enrol(url, session, { from: known?.targets.length ?? 0, to: size })
    const targets = [...(known?.targets ?? []), ...more]
    const place = { url, ...(pid !== undefined && pidOf({ pid })) }
    this.#fleets.set('given', { place, session, targets })
    return { place, session, targets: targets.slice(0, size) }
  }
}

/** The lengths of its answers. */
export type YardstickBytes = Partial<Readonly<Record<'heartbeat' | 'frame' | 'claim', number>>>

export const bytesOf = ({ place, targets }: Fleet, workload: WorkloadName): Promise<number> =>
  replyBytesOf(place.url, workload, targets[0] ?? { nodeId: '', token: '' })

const pidOf = ({ pid }: Pick<Served, 'pid'>) => (canAccount() ? { pid } : {})

import type { Fetch } from './call.ts'
import { clientOf } from './client.ts'
import { reporterOf } from './health.ts'
import { anonymous, type Identity } from './inventory.ts'
import type { MeterFrame } from './levels.ts'
import type { MeterWindow } from './meter.ts'
import type { Room } from './room.ts'
import { tickerOf } from './ticker.ts'
import { type LocalJob, type Worker, workerOf } from './worker.ts'

/** How many ended jobs a node remembers. */
const ENDED_JOBS_MAX = 100

export interface AgentOptions {
  readonly fetch: Fetch
  readonly url: string
  readonly nodeId: string
  readonly token: string
  readonly room: Room
  readonly identity?: Identity
  readonly heartbeatMs?: number
  readonly jobPollMs?: number
  readonly meterEveryMs?: number
  readonly onFrame?: (frame: MeterFrame, window: MeterWindow) => void
  readonly say?: (line: string) => void
}

/** A pretend node. It has no clock and starts nothing by itself: whoever holds it says what time it is. */
export interface Agent {
  /** When there is next something to do: at once before the first step, never while all of it is under way. */
  dueAtMs(): number
  /** Does what is due, and settles when that is done. The next step may be taken before: what is busy is left alone. */
  step(nowMs: number): Promise<void>
  /** The jobs this node has or had, as it sees them. */
  jobs(): readonly LocalJob[]
}

export function agentOf(options: AgentOptions): Agent {
  const { room, nodeId, heartbeatMs = 5000, jobPollMs = 2000, identity = anonymous, say = () => undefined } = options
  const client = clientOf(options)
  const reporter = reporterOf(client, nodeId, say)
  let workers: readonly (Worker & Lane)[] = []
  let ended: readonly LocalJob[] = []

  const ticker = laneOf(
    tickerOf({
      ...options,
      client,
      reporter,
      identity,
      heartbeatMs,
      say,
      busySlots: () => workers.filter((worker) => !worker.ended()).length,
      onClaim: (jobs, nowMs) => {
        const worker = workerOf(jobs, nowMs, { client, reporter, room, say, nodeId, jobPollMs })
        workers = [...workers, { ...worker, ...laneOf(worker) }]
      },
    }),
  )

  /** A worker that ended frees its slot; what became of its jobs is remembered for a while. */
  function dismiss(): void {
    const done = workers.filter((worker) => worker.ended())
    workers = workers.filter((worker) => !worker.ended())
    ended = [...ended, ...done.flatMap((worker) => worker.jobs())].slice(-ENDED_JOBS_MAX)
  }

  return {
    dueAtMs: () => Math.min(ticker.dueAtMs(), ...workers.map((worker) => worker.dueAtMs())),
    jobs: () => [...ended, ...workers.flatMap((worker) => worker.jobs())],

    async step(nowMs) {
      const before = workers
      const capturing = before.map((worker) => worker.step(nowMs))
      const ticking = ticker.step(nowMs).then(() => {
        const claimed = workers.filter((worker) => !before.includes(worker))
        return Promise.all(claimed.map((worker) => worker.step(nowMs)))
      })
      await Promise.all([...capturing, ticking])
      dismiss()
    },
  }
}

/** Takes every step from one instant up to another without waiting in between, for whoever holds a clock of their own. */
export async function advance(agent: Agent, fromMs: number, toMs: number): Promise<void> {
  for (let nowMs = fromMs; nowMs <= toMs; nowMs = agent.dueAtMs()) await agent.step(nowMs)
}

interface Lane {
  dueAtMs(): number
  step(nowMs: number): Promise<void>
}

/** A node's ticks and its captures each go on at their own pace: one that waits for an answer holds up only itself. */
function laneOf(lane: Lane): Lane {
  let busy = false
  return {
    dueAtMs: () => (busy ? Number.POSITIVE_INFINITY : lane.dueAtMs()),
    async step(nowMs) {
      if (busy || lane.dueAtMs() > nowMs) return
      busy = true
      await lane.step(nowMs).finally(() => {
        busy = false
      })
    },
  }
}

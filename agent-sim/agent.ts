import { type Encoders, noEncoders } from './jobs/encoder.ts'
import { FILES_AT_ONCE, type Turns, turnsOf } from './jobs/turns.ts'
import { type LocalJob, type OnStop, type Progress, type Worker, workerOf } from './jobs/worker.ts'
import { reporterOf } from './node/health.ts'
import { anonymous, type Identity } from './node/inventory.ts'
import { type Lane, laneOf } from './node/lane.ts'
import type { MeterWindow } from './node/meter.ts'
import { tickerOf } from './node/ticker.ts'
import type { MeterFrame } from './sound/levels.ts'
import type { Room } from './sound/room.ts'
import type { Fetch } from './wire/call.ts'
import { clientOf } from './wire/client.ts'

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
  readonly onStop?: OnStop
  /** None makes a node that refuses what it cannot encode. */
  readonly encoders?: Encoders
  /** Handed to many agents, it bounds how many files they make at once. */
  readonly inTurn?: Turns
  readonly onFrame?: (frame: MeterFrame, window: MeterWindow) => void
  readonly say?: (line: string) => void
}

/** What a node is about, as far as one word can say it. */
export type Doing = 'starting' | 'offline' | 'online' | 'claiming' | 'capturing' | 'uploading' | 'failed'

export interface Activity {
  readonly doing: Doing
  readonly progress?: Progress
}

/** A pretend node. It has no clock and starts nothing by itself: whoever holds it says what time it is. */
export interface Agent extends Lane {
  /** At once before the first step. While a step is under way the next may be taken: what is busy is left alone. */
  dueAtMs(): number
  /** The jobs this node has or had, as it sees them. */
  jobs(): readonly LocalJob[]
  activity(nowMs: number): Activity
}

export function agentOf(options: AgentOptions): Agent {
  const { room, nodeId, heartbeatMs = 5000, jobPollMs = 2000, identity = anonymous, say = () => undefined } = options
  const { onStop = 'discard', encoders = noEncoders, inTurn = turnsOf(FILES_AT_ONCE) } = options
  const client = clientOf(options)
  const reporter = reporterOf(client, nodeId, say)
  const tools = { client, reporter, room, encoders, inTurn, say, nodeId, jobPollMs, onStop }
  let workers: readonly Worker[] = []
  let ended: readonly LocalJob[] = []

  const node = tickerOf({
    ...options,
    client,
    reporter,
    identity,
    heartbeatMs,
    say,
    busySlots: () => workers.filter((worker) => !worker.ended()).length,
    onClaim: (jobs, nowMs) => {
      workers = [...workers, workerOf(jobs, nowMs, tools)]
    },
  })
  const ticker = laneOf(node)

  /** A worker that ended frees its slot; what became of its jobs is remembered for a while. */
  function dismiss(): void {
    const done = workers.filter((worker) => worker.ended())
    workers = workers.filter((worker) => !worker.ended())
    ended = [...ended, ...done.flatMap((worker) => worker.jobs())].slice(-ENDED_JOBS_MAX)
  }

  /** What it has in hand says more than how its last job ended, and that more than that it is there. */
  function activity(nowMs: number): Activity {
    const [worker] = workers.filter((each) => !each.ended())
    const progress = worker?.progress(nowMs)
    if (progress)
      return { doing: progress.capturedSeconds < progress.totalSeconds ? 'capturing' : 'uploading', progress }
    if (worker) return { doing: 'claiming' }
    if (node.inTouch() !== true) return { doing: node.inTouch() === false ? 'offline' : 'starting' }
    const last = ended.at(-1)?.status
    return { doing: last === 'failed' || last === 'upload_pending' ? 'failed' : 'online' }
  }

  return {
    dueAtMs: () => Math.min(ticker.dueAtMs(), ...workers.map((worker) => worker.dueAtMs())),
    jobs: () => [...ended, ...workers.flatMap((worker) => worker.jobs())],
    activity,

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

import type { Fetch } from '../wire/call.ts'
import type { RunQueue } from './run-queue.ts'

/** How likely what is, from 0 to 1, on the line between a node and its controller. */
export interface Faults {
  /** The controller never hears of it. */
  readonly lostRequests: number
  /** The controller has done it, and the node never hears so. */
  readonly lostReplies: number
  /** The controller hears it twice. */
  readonly repeated: number
  /** Each way takes up to so long. */
  readonly delayMsMax: number
}

export const calm: Faults = { lostRequests: 0, lostReplies: 0, repeated: 0, delayMsMax: 0 }

/** How long a node waits for what does not come. */
const PATIENCE_MS = 5_000

/** Between one node and its controller. */
export interface Line {
  readonly fetch: Fetch
  /** Nothing gets through for so long, either way. */
  cut(durationMs: number): void
}

/** A line that is as good as the faults of the moment. To the node what was lost on the way there or back is the same. */
export function lineTo(controller: Fetch, queue: RunQueue, chance: () => number, faults: () => Faults): Line {
  let cutUntilMs = Number.NEGATIVE_INFINITY
  const happens = (likely: number) => chance() < likely
  const travel = () => queue.sleep(Math.round(chance() * faults().delayMsMax))
  const lose = async (): Promise<never> => {
    await queue.sleep(PATIENCE_MS)
    throw new Error('no answer')
  }
  const isCut = () => queue.nowMs < cutUntilMs
  const ask: Fetch = async (request) => {
    await travel()
    if (isCut() || happens(faults().lostRequests)) return lose()
    if (happens(faults().repeated)) await (await controller(request.clone())).text()
    const answer = await controller(request)
    if (isCut() || happens(faults().lostReplies)) return lose()
    await travel()
    return answer
  }
  return {
    fetch: ask,
    cut: (durationMs) => {
      cutUntilMs = queue.nowMs + durationMs
    },
  }
}

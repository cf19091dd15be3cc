import type { Agent } from './agent.ts'

/** The longest the loop sleeps: a call that ended meanwhile may have left something due. */
const SLEEP_MS_MAX = 100

export interface Clock {
  nowMs(): number
  /** Settles after so long, or at once when the signal falls. */
  sleep(durationMs: number, signal: AbortSignal): Promise<void>
}

export function clockOf(nowMs: () => number): Clock {
  return {
    nowMs,
    sleep: (durationMs, signal) =>
      new Promise((resolve) => {
        const end = () => {
          clearTimeout(timer)
          signal.removeEventListener('abort', end)
          resolve()
        }
        const timer = setTimeout(end, durationMs)
        signal.addEventListener('abort', end)
        if (signal.aborted) end()
      }),
  }
}

/**
 * All of them live in real time, by one timer, until the signal falls; then their calls under way are waited for and no
 * longer. Steps overlap on purpose: while one waits for a slow controller, the capture beside it keeps its appointments.
 */
export async function runAgents(agents: readonly Agent[], clock: Clock, signal: AbortSignal): Promise<void> {
  const underWay = new Set<Promise<void>>()
  const crashes: unknown[] = []
  while (!signal.aborted && crashes.length === 0) {
    const nowMs = clock.nowMs()
    for (const agent of agents.filter((each) => each.dueAtMs() <= nowMs)) {
      const step: Promise<void> = agent
        .step(nowMs)
        .catch((error: unknown) => void crashes.push(error))
        .finally(() => underWay.delete(step))
      underWay.add(step)
    }
    const dueAtMs = agents.reduce((soonest, agent) => Math.min(soonest, agent.dueAtMs()), Number.POSITIVE_INFINITY)
    await clock.sleep(Math.max(1, Math.min(SLEEP_MS_MAX, dueAtMs - clock.nowMs())), signal)
  }
  await Promise.all(underWay)
  if (crashes.length > 0) throw crashes[0]
}

/** An agent whose first step is not before an instant, so that the beats of many fall apart. */
export function startingAt(firstStepAtMs: number, agent: Agent): Agent {
  return { ...agent, dueAtMs: () => Math.max(firstStepAtMs, agent.dueAtMs()) }
}

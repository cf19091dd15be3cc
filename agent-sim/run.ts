import type { Agent } from './agent.ts'

/** The longest the loop sleeps: a call that ended meanwhile may have left something due. */
const SLEEP_MS_MAX = 100

export interface Clock {
  nowMs(): number
  /** Settles after so long, or at once when the signal falls. */
  sleep(durationMs: number, signal: AbortSignal): Promise<void>
}

/**
 * Lives in real time until the signal falls; then waits for the calls under way and no longer. Steps overlap on
 * purpose: while one waits for a slow controller, the capture beside it keeps its appointments.
 */
export async function runAgent(agent: Agent, clock: Clock, signal: AbortSignal): Promise<void> {
  const underWay = new Set<Promise<void>>()
  const crashes: unknown[] = []
  while (!signal.aborted && crashes.length === 0) {
    const step: Promise<void> = agent
      .step(clock.nowMs())
      .catch((error: unknown) => void crashes.push(error))
      .finally(() => underWay.delete(step))
    underWay.add(step)
    await clock.sleep(Math.max(1, Math.min(SLEEP_MS_MAX, agent.dueAtMs() - clock.nowMs())), signal)
  }
  await Promise.all(underWay)
  if (crashes.length > 0) throw crashes[0]
}

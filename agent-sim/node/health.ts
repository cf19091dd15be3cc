import { toWireInstant } from '../wire/answers.ts'
import type { Answer } from '../wire/call.ts'
import type { Client } from '../wire/client.ts'

export interface AgentEvent {
  readonly type: string
  readonly severity: 'info' | 'warning' | 'critical'
  readonly details?: Readonly<Record<string, unknown>>
  readonly recordingId?: string
}

export interface Reporter {
  /** Tells the controller. A controller that will not hear of it has no effect on the node. */
  report(nowMs: number, event: AgentEvent): Promise<void>
  /** Watches one kind of call: says so when it begins to fail, and when it works again. */
  watch(types: EdgeTypes, about?: Pick<AgentEvent, 'recordingId' | 'details'>): Watch
}

export interface EdgeTypes {
  readonly failed: string
  readonly recovered?: string
}

export type Watch = (nowMs: number, answer: Answer) => Promise<void>

export function reporterOf(client: Client, nodeId: string, say: (line: string) => void): Reporter {
  let eventCount = 0

  async function report(nowMs: number, { type, severity, details = {}, recordingId }: AgentEvent): Promise<void> {
    // A recorder numbers its events by the nanosecond; the clock handed to us counts milliseconds, so we count within.
    const nanoseconds = String(eventCount++ % 1_000_000).padStart(6, '0')
    const answer = await client.healthEvent({
      id: `node_event_${nodeId}_${nowMs}${nanoseconds}`,
      type,
      severity,
      openedAt: toWireInstant(nowMs),
      details,
      ...(recordingId && { recordingId }),
    })
    say(`event ${type}: ${answer.ok ? answer.status : answer.error}`)
  }

  function watch(types: EdgeTypes, about: Pick<AgentEvent, 'recordingId' | 'details'> = {}): Watch {
    let failing = false
    return async (nowMs, answer) => {
      const failed = !answer.ok
      if (failed === failing) return
      failing = failed
      const error = answer.ok ? {} : { error: answer.error }
      const details = { ...about.details, ...error }
      if (!answer.ok) await report(nowMs, { ...about, type: types.failed, severity: 'warning', details })
      else if (types.recovered) await report(nowMs, { ...about, type: types.recovered, severity: 'info', details })
    }
  }

  return { report, watch }
}

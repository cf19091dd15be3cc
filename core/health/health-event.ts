import type { HealthEventId, Instant, NodeId, RecordingId, ScheduleId, UserId } from '../ids.ts'
import type { HealthStatus } from '../recordings/recording.ts'

export const severities = ['info', 'warning', 'critical'] as const
export type Severity = (typeof severities)[number]

export const eventStatuses = ['open', 'acknowledged', 'suppressed', 'resolved'] as const
export type EventStatus = (typeof eventStatuses)[number]

/** Something that people should know while they are still in the room. */
export interface HealthEvent {
  readonly id: HealthEventId
  readonly version: number
  readonly type: string
  readonly severity: Severity
  readonly status: EventStatus
  readonly details: Readonly<Record<string, unknown>>
  readonly nodeId?: NodeId
  readonly recordingId?: RecordingId
  readonly scheduleId?: ScheduleId
  /** The reporting agent's own name of it. */
  readonly localEventId?: string
  readonly openedAt: Instant
  readonly acknowledgedAt?: Instant
  readonly acknowledgedBy?: UserId
  readonly suppressedAt?: Instant
  readonly suppressedBy?: UserId
  readonly suppressedUntil?: Instant
  readonly resolvedAt?: Instant
  readonly resolvedBy?: string
}

/** What a part of the controller settles itself, because the cause is gone. */
export const settle = (event: HealthEvent, by: string, at: Instant, why: string): HealthEvent => ({
  ...event,
  status: 'resolved',
  resolvedAt: at,
  resolvedBy: by,
  details: { ...event.details, autoResolvedReason: why },
})

/** A recording is as well as the worst of what is unresolved about it; information does no harm. */
export function healthOf(events: readonly HealthEvent[]): HealthStatus {
  const unresolved = events.filter(({ status }) => status !== 'resolved')
  if (unresolved.some(({ severity }) => severity === 'critical')) return 'critical'
  return unresolved.some(({ severity }) => severity === 'warning') ? 'warning' : 'healthy'
}

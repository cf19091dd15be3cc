import { type HealthEvent, severities } from '../../core/health/health-event.ts'
import { iso } from '../../core/time.ts'
import { type } from '../system/type.ts'
import { instant, nodeId, recordingId, text } from './schemas.ts'

/** The controller's own types are not an agent's to use. */
const reportedType = text(1, 160).narrow(
  (type, context) =>
    !/^(controller|watchdog)\./.test(type) || context.mustBe('no type of the controller or the watchdog'),
)

export const report = type({
  '+': 'reject',
  nodeId,
  type: reportedType,
  severity: type.enumerated(...severities),
  'details?': type('object').as<Readonly<Record<string, unknown>>>(),
  'id?': text(1, 160),
  'openedAt?': instant,
  'recordingId?': recordingId,
  'scheduleId?': text(1, 160),
})

/** Times that are not set are null; names and things that are not set are absent. */
export function healthEventReply(event: HealthEvent) {
  const {
    version: _,
    localEventId: __,
    openedAt,
    acknowledgedAt,
    suppressedAt,
    suppressedUntil,
    resolvedAt,
    ...shown
  } = event
  const at = (instant: number | undefined) => (instant === undefined ? null : iso(instant))
  return {
    ...shown,
    openedAt: iso(openedAt),
    acknowledgedAt: at(acknowledgedAt),
    suppressedAt: at(suppressedAt),
    suppressedUntil: at(suppressedUntil),
    resolvedAt: at(resolvedAt),
  }
}

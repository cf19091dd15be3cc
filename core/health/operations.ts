import type { HealthEventId, RecordingId } from '../ids.ts'
import { kinOfPlaced } from '../kin-of.ts'
import type { OfNode } from '../nodes/operations.ts'
import { operation, type View } from '../operation.ts'
import type { Recording } from '../recordings/recording.ts'
import { ok, type Result, refuse } from '../result.ts'
import { type HealthEvent, healthOf, type Severity, settle } from './health-event.ts'
import { recoversFrom } from './recovery.ts'

export interface Report extends OfNode {
  readonly type: string
  readonly severity: Severity
  readonly details?: Readonly<Record<string, unknown>>
  /** The agent's own name of the event; it holds only a timestamp, so two events may share one. */
  readonly id?: string
  readonly openedAt?: number
  readonly recordingId?: RecordingId
  readonly scheduleId?: string
}

/** What an agent has to say of itself. The same report again is the same event; good news ends the trouble it is about. */
export const reportHealthEvent = operation({
  audience: 'node',
  permission: 'health:acknowledge',
  audit: 'nodes.health_events.sync',
  target: { type: 'node', param: 'nodeId' },

  async run(report: Report, view) {
    const concerned = await concernedBy(report, view)
    if (!concerned.ok) return concerned
    const known = await knownAs(report, view)
    if (known) return ok({ value: known, target: targetOf(known), details: { localEventId: report.id } })

    const event = eventOf(report, view)
    const troubles = new Set(recoversFrom(event.type))
    const unresolved = troubles.size > 0 ? await view.stores.healthEvents.unresolvedOn(report.nodeId) : []
    const ended = unresolved
      .filter(({ type, recordingId }) => troubles.has(type) && recordingId === event.recordingId)
      .map((trouble) => settle(trouble, view.mark.by.id, view.mark.at, 'agent_recovered'))
    const recording = concerned.value && (await judged(concerned.value, event, ended, view))
    return ok({
      value: event,
      changes: { healthEvents: [event, ...ended], ...(recording && { recordings: [recording] }) },
      target: targetOf(event),
      ...(concerned.value && { under: kinOfPlaced(concerned.value, view.live) }),
      details: {
        ...(report.id !== undefined && { localEventId: report.id }),
        resolvedEventIds: ended.map(({ id }) => id),
      },
      after: { type: event.type, severity: event.severity, status: event.status },
    })
  },
})

const targetOf = ({ id, type }: HealthEvent) => ({ type: 'health_event', id, name: type })

/** What a report names must exist, and be the node's own. */
async function concernedBy(report: Report, { stores, live }: View): Promise<Result<Recording | undefined>> {
  const { recordingId, scheduleId, nodeId } = report
  if (recordingId !== undefined) {
    const recording = await stores.recordings.find(recordingId)
    if (!recording) return refuse('not_found', 'recording_not_found')
    const target = { type: 'recording', id: recordingId }
    if (recording.nodeId === nodeId) return ok(recording)
    return refuse('forbidden', 'node_scope_denied', { target, things: [kinOfPlaced(recording, live)] })
  }
  return scheduleId === undefined ? ok(undefined) : refuse('not_found', 'schedule_not_found')
}

async function knownAs({ nodeId, id, type, openedAt }: Report, { stores }: View): Promise<HealthEvent | undefined> {
  if (id === undefined) return undefined
  const named = await stores.healthEvents.reportedAs(nodeId, id)
  return named.find((event) => event.type === type && (openedAt === undefined || event.openedAt === openedAt))
}

function eventOf(
  { nodeId, type, severity, details, id, openedAt, recordingId }: Report,
  { ids, mark }: View,
): HealthEvent {
  return {
    id: ids.uuid() as HealthEventId,
    version: 0,
    type,
    severity,
    status: 'open',
    details: { ...details, ...(id !== undefined && { localEventId: id }) },
    nodeId,
    ...(recordingId !== undefined && { recordingId }),
    ...(id !== undefined && { localEventId: id }),
    openedAt: openedAt ?? mark.at,
  }
}

async function judged(recording: Recording, event: HealthEvent, ended: readonly HealthEvent[], { stores }: View) {
  const over = new Set(ended.map(({ id }) => id))
  const unresolved = await stores.healthEvents.unresolvedOf(recording.id)
  return { ...recording, healthStatus: healthOf([...unresolved.filter(({ id }) => !over.has(id)), event]) }
}

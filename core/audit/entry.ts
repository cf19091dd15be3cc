import type { AuditActor } from '../access/actor.ts'
import type { Permission } from '../access/permission.ts'
import type { Kin, Target } from '../access/target.ts'
import type { AuditEventId, Instant } from '../ids.ts'
import { bounded } from '../text.ts'

export const outcomes = ['allowed', 'denied', 'failed', 'partial', 'succeeded'] as const
export type Outcome = (typeof outcomes)[number]

/** One line of the audit trail. Entries are appended, never changed. */
export interface AuditEntry {
  /** Ordered: of two entries of one process the later has the greater id. */
  readonly id: AuditEventId
  readonly createdAt: Instant
  readonly action: string
  readonly outcome: Outcome
  readonly actor: AuditActor
  readonly actorContext: ActorContext
  readonly target: Target
  /** What the target stood for then, as `type:id`; a scoped reader sees the entry through it. See `namesOfEach`. */
  readonly targetKin: readonly string[]
  readonly permission?: Permission
  readonly reason?: string
  readonly details: Readonly<Record<string, unknown>>
  readonly correlationIds: Readonly<Record<string, string>>
  readonly before?: object
  readonly after?: object
  /** A look at something, or a sign of life: worth keeping for a while. What changed something, or was refused, is kept for good. */
  readonly fleeting?: true
}

/** An entry in its place: the numbers have no gap, and follow the order in which entries were committed. */
export interface RecordedEntry extends AuditEntry {
  readonly seq: number
}

export interface ActorContext {
  readonly ipAddress?: string
  readonly sessionId?: string
  readonly userAgent?: string
}

/** Types whose entries only those may read who may see the thing itself. All others are the controller's own. */
export const scopedTargetTypes: ReadonlySet<string> = new Set([
  'channel',
  'channel_map_assignment_plan',
  'channel_map_template',
  'health_event',
  'interface',
  'node',
  'recording',
  'recording_job',
  'recording_profile',
  'retention_policy',
  'room',
  'schedule',
  'upload_destination',
  'upload_policy',
  'upload_provider',
  'watchdog_policy',
])

export const namesOf = (kin: readonly Kin[]): readonly string[] => kin.map(({ type, id }) => `${type}:${bounded(id)}`)

/** Stands before the names of each of several things. It is no name: those have a colon. */
export const AND = '&'

/**
 * An entry about several things names them all, and is read by those who may see every one of them: it tells of all at once.
 * In one list, so that whatever asks an index whether a name is among them need not know how many things there are.
 */
export const namesOfEach = (things: readonly (readonly Kin[])[]): readonly string[] =>
  things.flatMap((kin) => [AND, ...namesOf(kin)])

/** The names of each of them, or undefined where the entry is about one thing, or none. */
export function eachNamed(targetKin: readonly string[]): readonly (readonly string[])[] | undefined {
  if (targetKin[0] !== AND) return undefined
  const things: string[][] = []
  for (const name of targetKin) name === AND ? things.push([]) : things.at(-1)?.push(name)
  return things
}

export const boundedTarget = ({ type, id, name }: Target): Target => ({
  type,
  ...(id !== undefined && { id: bounded(id) }),
  ...(name !== undefined && { name: bounded(name) }),
})

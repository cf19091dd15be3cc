import { roomsOfNode } from '../../../core/access/kin.ts'
import type { AuditEntry, RecordedEntry } from '../../../core/audit/entry.ts'
import { backendOf, jobText } from '../../../core/jobs/filter.ts'
import type { Job } from '../../../core/jobs/job.ts'
import { textOf } from '../../../core/nodes/filter.ts'
import type { Node } from '../../../core/nodes/node.ts'
import { recordingText } from '../../../core/recordings/filter.ts'
import type { Recording } from '../../../core/recordings/recording.ts'
import type { audit } from './audit-schema.ts'
import type * as schema from './schema.ts'

/*
 * The seam between the things of core and the rows of the schema. Most things are rows as they are; what is added here is
 * what the queries ask for, and what is taken away again is the absent.
 */

export const nodeRow = (node: Node) => ({
  ...node,
  rooms: roomsOfNode(node),
  backends: [...new Set(node.interfaces.map(({ backend }) => backend))],
  searchText: textOf(node).toLowerCase(),
})

export const recordingRow = (recording: Recording) => ({
  ...recording,
  searchText: recordingText(recording).toLowerCase(),
})

export const jobRow = (job: Job) => ({
  ...job,
  captureBackend: backendOf(job),
  captureInterfaceId: job.command.captureInterfaceId,
  searchText: jobText(job).toLowerCase(),
})

export const auditRow = ({ actor, actorContext, target, ...entry }: AuditEntry) => ({
  ...entry,
  ...actorContext,
  actorType: actor.type,
  actorId: actor.id,
  actorName: actor.name,
  actorRoles: actor.roles,
  targetType: target.type,
  targetId: target.id,
  targetName: target.name,
})

export function toNode({ rooms: _, backends: __, searchText: ___, ...row }: typeof schema.nodes.$inferSelect): Node {
  return present(row)
}

export function toRecording({ searchText: _, ...row }: typeof schema.recordings.$inferSelect): Recording {
  return present(row)
}

export function toJob(row: typeof schema.jobs.$inferSelect): Job {
  const { captureBackend: _, captureInterfaceId: __, searchText: ___, ...job } = row
  return present(job)
}

export function toAuditEntry(row: typeof audit.$inferSelect): AuditEntry {
  const { seq: _, fleeting, actorType, actorId, actorName, actorRoles, ipAddress, sessionId, userAgent, ...rest } = row
  const { targetType, targetId, targetName, ...entry } = rest
  return present({
    ...entry,
    ...(fleeting && { fleeting }),
    actor: { type: actorType, id: actorId, name: actorName, roles: actorRoles },
    actorContext: present({ ipAddress, sessionId, userAgent }),
    target: present({ type: targetType, id: targetId, name: targetName }),
  })
}

export const toRecordedEntry = (row: typeof audit.$inferSelect): RecordedEntry => ({
  ...toAuditEntry(row),
  seq: row.seq,
})

type Present<T> = { readonly [K in keyof T as null extends T[K] ? never : K]: T[K] } & {
  readonly [K in keyof T as null extends T[K] ? K : never]?: Exclude<T[K], null>
}

/** What the database holds as null is absent in core. */
export const present = <T extends object>(row: T): Present<T> =>
  Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as Present<T>

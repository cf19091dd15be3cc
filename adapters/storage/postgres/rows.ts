import { roomsOfNode } from '../../../core/access/kin.ts'
import { backendOf, jobText } from '../../../core/jobs/filter.ts'
import type { Job } from '../../../core/jobs/job.ts'
import { textOf } from '../../../core/nodes/filter.ts'
import type { Node } from '../../../core/nodes/node.ts'
import { lasting, type Presence } from '../../../core/nodes/presence.ts'
import { recordingText } from '../../../core/recordings/filter.ts'
import type { Recording } from '../../../core/recordings/recording.ts'
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

/** An older controller beside this one leaves how long a node has run within its runtime. */
export function toPresence(row: typeof schema.presences.$inferSelect): Presence {
  const { nodeId, status, agentVersion, hostname, ipAddresses, uptimeSeconds, lastSeenAt } = present(row)
  const runtime = lasting(row.runtime ?? undefined)
  return {
    nodeId,
    said: { status, agentVersion, hostname, ipAddresses, ...(runtime && { runtime }) },
    ...(uptimeSeconds !== undefined && { uptimeSeconds }),
    lastSeenAt,
  }
}

type Present<T> = { readonly [K in keyof T as null extends T[K] ? never : K]: T[K] } & {
  readonly [K in keyof T as null extends T[K] ? K : never]?: Exclude<T[K], null>
}

/** What the database holds as null is absent in core. */
export function present<T extends object>(row: T): Present<T> {
  const there: Partial<T> = {}
  for (const member in row) if (row[member] !== null) there[member] = row[member]
  return there as unknown as Present<T>
}

import { and, asc, desc, eq, gte, lte, type SQL, sql } from 'drizzle-orm'
import type { Scope } from '../../../core/access/scope.ts'
import type { Recordings } from '../../../core/ports/stores.ts'
import type { RecordingFilter } from '../../../core/recordings/filter.ts'
import { sortOf } from '../../../core/recordings/filter.ts'
import { contains, count, type Read } from './reader.ts'
import { present, toRecording } from './rows.ts'
import { nodes, recordingChunks, recordings } from './schema.ts'
import { visible } from './visible.ts'

/** What a rule may name a recording by: its own room, never the other rooms of its node. */
const recordingKin = {
  recording: { one: sql`${recordings.id}` },
  room: { one: sql`${recordings.roomId}` },
  schedule: { one: sql`${recordings.scheduleId}` },
  node: { one: sql`${recordings.nodeId}` },
  site: { one: sql`(select ${nodes.site} from ${nodes} where ${nodes.id} = ${recordings.nodeId})` },
}

export const seesRecording = (scope: Scope): SQL => visible(scope, recordingKin)

export function recordingsOver(read: Read): Recordings {
  return {
    find: (id) =>
      read(async (db) => {
        const [row] = await db.select().from(recordings).where(eq(recordings.id, id))
        return row ? toRecording(row) : null
      }),
    placeOf: (id) =>
      read(async (db) => {
        const { nodeId, roomId, scheduleId } = recordings
        const [row] = await db.select({ nodeId, roomId, scheduleId }).from(recordings).where(eq(recordings.id, id))
        return row ? present(row) : null
      }),
    chunksOf: (id) =>
      read(async (db) => {
        const { recordingId, index } = recordingChunks
        const rows = await db.select().from(recordingChunks).where(eq(recordingId, id)).orderBy(asc(index))
        return rows.map(present)
      }),
    list: (filter, scope, { limit, offset }) =>
      read(async (db) => {
        const where = and(seesRecording(scope), ...conditions(filter))
        const { by, order } = sortOf(filter)
        const sorted = order === 'asc' ? asc(recordings[by]) : desc(recordings[by])
        const [rows, [counted]] = await Promise.all([
          db.select().from(recordings).where(where).orderBy(sorted, asc(recordings.id)).limit(limit).offset(offset),
          db.select({ total: count }).from(recordings).where(where),
        ])
        return { items: rows.map(toRecording), total: counted?.total ?? 0 }
      }),
  }
}

function conditions(filter: RecordingFilter): (SQL | undefined)[] {
  const { search, folder, tag, cacheState, trackGroupId, uploadPolicyId, recordedFrom, recordedTo } = filter
  const same = (key: 'status' | 'healthStatus' | 'nodeId' | 'scheduleId' | 'recordingProfileId') =>
    filter[key] === undefined ? undefined : sql`${recordings[key]} = ${filter[key]}`
  const cached = sql`((${recordings.cachePath} is not null or ${recordings.chunkCount} > 0) and (${recordings.cached} or ${recordings.status} in ('cached', 'uploaded')))`
  return [
    ...(['status', 'healthStatus', 'nodeId', 'scheduleId', 'recordingProfileId'] as const).map(same),
    trackGroupId === undefined ? undefined : sql`false`,
    folder === undefined ? undefined : contains(sql`lower(${recordings.folder})`, folder),
    tag === undefined
      ? undefined
      : sql`exists (select 1 from unnest(${recordings.tags}) t where lower(t) = ${tag.toLowerCase()})`,
    cacheState && (cacheState === 'cached' ? cached : sql`not ${cached}`),
    uploadPolicyId === undefined
      ? undefined
      : sql`coalesce(${uploadPolicyId} = any(${recordings.uploadPolicyIds}), false)`,
    recordedFrom === undefined ? undefined : gte(recordings.recordedAt, recordedFrom),
    recordedTo === undefined ? undefined : lte(recordings.recordedAt, recordedTo),
    search === undefined ? undefined : contains(sql`${recordings.searchText}`, search),
  ]
}

import { kinOfNode, kinOfRecording } from '../../../core/access/kin.ts'
import { covers, type Scope } from '../../../core/access/scope.ts'
import { countByStatus, matchesJob, newestFirst, summarise } from '../../../core/jobs/filter.ts'
import { isActive, lapse } from '../../../core/jobs/job.ts'
import { matchesNode } from '../../../core/nodes/filter.ts'
import type { HealthEvents, PendingLogins, PresentNode, Sessions, Stores } from '../../../core/ports/stores.ts'
import { matchesRecording, recordingOrder } from '../../../core/recordings/filter.ts'
import type { Recording } from '../../../core/recordings/recording.ts'
import { auditOver } from './audit.ts'
import { compare, paged } from './paged.ts'
import { sealsOver } from './seals.ts'
import type { Tables } from './tables.ts'

/** The reads said plainly: what the other storages answer is held against these. */
export function readsOver(tables: Tables): Stores {
  const { users, nodes, presences, orderBooks, recordings, jobs, chunks } = tables

  const seesRecording = (scope: Scope, { id, roomId, scheduleId, nodeId }: Recording) => {
    const node = nodeId && (nodes.get(nodeId) ?? { id: nodeId })
    const schedule = scheduleId && { id: scheduleId }
    return covers(
      scope,
      kinOfRecording({ id, ...(roomId && { roomId }), ...(schedule && { schedule }), ...(node && { node }) }),
    )
  }
  const seesJobOf = (scope: Scope, recordingId: string) => {
    const recording = recordings.get(recordingId)
    return recording !== undefined && seesRecording(scope, recording)
  }

  return {
    users: {
      findByEmail: async (email) => [...users.values()].find((user) => user.email === email) ?? null,
    },
    sessions: sessionsIn(tables),
    pendingLogins: pendingLoginsIn(tables),
    nodes: {
      async list(filter, scope, page, judgement) {
        const present = [...nodes.values()].flatMap((node) => {
          const presence = presences.get(node.id)
          return presence ? [{ node, presence }] : []
        })
        const visible = present.filter(({ node }) => covers(scope, kinOfNode(node)))
        const matching = visible.filter(({ node, presence }) => matchesNode(filter, node, presence, judgement))
        const byAlias = (a: PresentNode, b: PresentNode) =>
          compare(a.node.alias, b.node.alias) || compare(a.node.id, b.node.id)
        const { items, total } = paged(page, matching, byAlias)
        return { items: items.map(({ presence: { nodeId, lastSeenAt } }) => ({ nodeId, lastSeenAt })), total }
      },
      presences: async (ids) => ids.flatMap((id) => presences.get(id) ?? []),
      orderBook: async (id) => orderBooks.get(id) ?? { id, version: 0 },
    },
    recordings: {
      find: async (id) => recordings.get(id) ?? null,
      placeOf: async (id) => recordings.get(id) ?? null,
      chunksOf: async (id) =>
        [...chunks.values()].filter((each) => each.recordingId === id).sort((a, b) => a.index - b.index),
      async list(filter, scope, page) {
        const visible = [...recordings.values()].filter((each) => seesRecording(scope, each))
        return paged(
          page,
          visible.filter((each) => matchesRecording(filter, each)),
          recordingOrder(filter),
        )
      },
    },
    jobs: {
      find: async (id) => jobs.get(id) ?? null,
      async list(filter, scope, page) {
        const visible = [...jobs.values()].filter(({ recordingId }) => seesJobOf(scope, recordingId))
        const matching = visible.filter((job) => matchesJob(filter, job))
        return { ...paged(page, matching, newestFirst), summary: summarise(countByStatus(matching)) }
      },
      async activeOn(nodeId) {
        const active = [...jobs.values()].filter((job) => job.nodeId === nodeId && isActive(job))
        return active.flatMap((job) => {
          const recording = recordings.get(job.recordingId)
          return recording ? [{ job, recording }] : []
        })
      },
      ofRecording: async (id) => [...jobs.values()].filter(({ recordingId }) => recordingId === id).sort(newestFirst),
      lapsed: async (now, leaseMs, limit) =>
        [...jobs.values()].filter((job) => lapse(job, now, leaseMs) !== undefined).slice(0, limit),
    },
    healthEvents: healthEventsIn(tables),
    audit: auditOver(tables),
    seals: sealsOver(tables),
  }
}

const sessionsIn = ({ sessions }: Tables): Sessions => ({
  async ended(by, limit) {
    const over = [...sessions.values()].filter(
      ({ expiresAt, revokedAt = expiresAt }) => Math.min(expiresAt, revokedAt) <= by,
    )
    return over.slice(0, limit)
  },
})

const pendingLoginsIn = ({ pendingLogins }: Tables): PendingLogins => ({
  find: async (id) => pendingLogins.get(id) ?? null,
  async surplus(now, keep, limit) {
    const newest = [...pendingLogins.values()].sort((a, b) => b.expiresAt - a.expiresAt || compare(b.id, a.id))
    const surplus = newest.filter(({ expiresAt }, nth) => expiresAt <= now || nth >= keep)
    return surplus.toReversed().slice(0, limit)
  },
})

const healthEventsIn = ({ healthEvents }: Tables): HealthEvents => ({
  unresolvedOf: async (id) =>
    [...healthEvents.values()].filter((event) => event.recordingId === id && event.status !== 'resolved'),
  unresolvedOn: async (id) =>
    [...healthEvents.values()].filter((event) => event.nodeId === id && event.status !== 'resolved'),
  reportedAs: async (id, localEventId) =>
    [...healthEvents.values()].filter((event) => event.nodeId === id && event.localEventId === localEventId),
})

import { kinOfPlace } from '../access/kin.ts'
import type { Kin } from '../access/target.ts'
import type { JobId, NodeId } from '../ids.ts'
import { kinOfPlaced } from '../kin-of.ts'
import type { Live } from '../live.ts'
import type { OfNode } from '../nodes/operations.ts'
import { type Decided, type Operation, operation, type View } from '../operation.ts'
import type { Page } from '../page.ts'
import { ok, type Result, refuse } from '../result.ts'
import { ending } from './ending.ts'
import type { JobFilter } from './filter.ts'
import { claim, end, isOver, type Job, lapse, nextGroup, renew } from './job.ts'

export interface OfJob {
  readonly jobId: JobId
}

export const about = (job: Job) => ({
  target: { type: 'recording_job', id: job.id },
  details: whose(job),
  under: [{ type: 'recording', id: job.recordingId }],
})
const whose = ({ nodeId, recordingId }: Job) => ({ nodeId, recordingId })
const stateOf = ({ status, failureReason }: Job) => ({ status, ...(failureReason && { failureReason }) })

export const listJobs = operation({
  audience: 'user',
  permission: 'recording:read',
  audit: 'recording_jobs.read',
  target: { type: 'recording_collection' },
  fold: 'read',
  invalidAs: 'invalid_filters',

  async run({ filter, page }: { readonly filter: JobFilter; readonly page: Page }, { stores, scope }) {
    const found = await stores.jobs.list(filter, scope, page)
    const details = { filters: filter, returnedCount: found.items.length, total: found.total }
    return ok({ value: { page, found }, details })
  },
})

export const readJob = operation({
  audience: 'user',
  permission: 'recording:read',
  audit: 'recording_jobs.detail.read',
  target: { type: 'recording', param: 'jobId', through: 'recording_job' },
  fold: 'read',

  async run({ jobId }: OfJob, { stores }) {
    const job = await stores.jobs.find(jobId)
    return job ? ok({ value: job, ...about(job) }) : refuse('not_found', 'recording_job_not_found')
  },
})

export const listJobChunks = operation({
  audience: 'user',
  permission: 'recording:read',
  audit: 'recording_jobs.chunks.read',
  target: { type: 'recording', param: 'jobId', through: 'recording_job' },
  fold: 'read',

  async run({ jobId }: OfJob, { stores }) {
    const job = await stores.jobs.find(jobId)
    if (!job) return refuse('not_found', 'recording_job_not_found')
    const chunks = await stores.recordings.chunksOf(job.recordingId)
    return ok({ value: chunks.filter((chunk) => chunk.jobId === jobId), ...about(job) })
  },
})

/** The job, if it is this node's. Agents learn whether a job exists before they learn whose it is. */
async function own({ jobId }: OfJob, { stores, caller, live }: View): Promise<Result<Job>> {
  const job = await stores.jobs.find(jobId)
  if (!job) return refuse('not_found', 'job_not_found')
  const target = { type: 'recording_job', id: job.id }
  const isOwn = caller.type === 'node' && caller.id === job.nodeId
  return isOwn ? ok(job) : refuse('forbidden', 'node_scope_denied', { target, things: [kinOnNode(job, live)] })
}

/** What a job stands for, as far as it can be said without asking for its recording. */
const kinOnNode = ({ id, recordingId, nodeId }: Job, live: Live): readonly Kin[] => [
  { type: 'recording_job', id },
  { type: 'recording', id: recordingId },
  ...kinOfPlace(live.nodes.get(nodeId) ?? { id: nodeId }),
]

const ofAgent = {
  audience: 'node',
  permission: 'recording:control',
  target: { type: 'recording_job', param: 'jobId' },
  urgent: true,
} as const

export const readOwnJob = operation({
  ...ofAgent,
  audit: 'recording_jobs.read_one',
  fold: 'telemetry',

  async run(input: OfJob, view) {
    const job = await own(input, view)
    return job.ok ? ok({ value: job.value, ...about(job.value) }) : job
  },
})

const ofNode = { audience: 'node', permission: 'recording:control', target: { type: 'node', param: 'nodeId' } } as const

/** What would be claimed next; older agents look before they claim. */
export const peekNextJob = operation({
  ...ofNode,
  audit: 'recording_jobs.next',
  fold: 'telemetry',

  run({ nodeId }: OfNode, { live }) {
    const [first] = live.queueOf(nodeId)
    return ok({ value: first ?? null, details: { available: first !== undefined } })
  },
})

/** At once or not at all; the losers of a race look again. */
function claimAll(
  nodeId: NodeId,
  group: readonly Job[],
  { live, mark, settings }: View,
): Result<Decided<readonly Job[] | null>> {
  const [first] = group
  if (!first) return ok({ value: null, details: { claimed: false } })
  const claimed: Job[] = []
  for (const job of group) {
    const taken = claim(job, mark.at, settings.leaseMs)
    if (!taken.ok) return taken
    claimed.push(taken.value)
  }
  return ok({
    value: claimed,
    changes: { jobs: claimed },
    target: { type: 'recording_job', id: first.id },
    things: claimed.map((job) => kinOnNode(job, live)),
    details: { nodeId, recordingId: first.recordingId, jobIds: claimed.map(({ id }) => id) },
    before: group.map(stateOf),
    after: claimed.map(stateOf),
  })
}

/** The oldest of the queue with all of its capture group. */
export const claimNextGroup = operation({
  ...ofNode,
  audit: 'recording_jobs.claim_next_group',
  fold: 'telemetry',
  urgent: true,

  run: ({ nodeId }: OfNode, view) => claimAll(nodeId, nextGroup(view.live.queueOf(nodeId)), view),
})

/** The oldest alone, for agents that capture one thing at a time. */
export const claimNextJob = operation({
  ...ofNode,
  audit: 'recording_jobs.claim_next',
  fold: 'telemetry',
  urgent: true,

  run: ({ nodeId }: OfNode, view) => claimAll(nodeId, view.live.queueOf(nodeId).slice(0, 1), view),
})

/** One job by its name. */
export const claimJob = operation({
  ...ofAgent,
  audit: 'recording_jobs.claim',

  async run(input: OfJob, view) {
    const job = await own(input, view)
    return job.ok ? claimAll(job.value.nodeId, [job.value], view) : job
  },
})

/** Holds the lease. While a stop is pending it is answered all the same, so that the agent sees it. */
export const heartbeatJob = operation({
  ...ofAgent,
  audit: 'recording_jobs.heartbeat',
  fold: 'telemetry',

  async run(input: OfJob, view) {
    const before = await own(input, view)
    if (!before.ok) return before
    const renewed = renew(before.value, view.mark.at, view.settings.leaseMs)
    if (!renewed.ok) return renewed
    const changes = renewed.value === before.value ? undefined : { jobs: [renewed.value] }
    return ok({ value: renewed.value, ...about(renewed.value), ...(changes && { changes }) })
  },
})

export interface Ending extends OfJob {
  /** Free text of the agent's. */
  readonly reason?: string
}

/** The agent's last word on a job. The first end stands: an agent that comes back late is told so, and need not repeat it. */
const endJob = (status: 'failed' | 'cancelled') =>
  operation({
    ...ofAgent,
    audit: `recording_jobs.${status}`,

    async run({ reason = `agent_${status}`, ...input }: Ending, view) {
      const found = await own(input, view)
      if (!found.ok) return found
      const before = found.value
      if (before.status === status) return ok({ value: before, ...about(before) })
      if (isOver(before)) return ok({ value: before, ...about(before), setback: 'job_already_terminal' })

      const ended = end(before, status, reason, view.mark.at)
      return ended.ok ? conclude(before, ended.value, view) : ended
    },
  })

export const failJob: Operation<Ending, Job> = endJob('failed')
export const cancelJob: Operation<Ending, Job> = endJob('cancelled')

/** What the lease runner concludes of a node that has fallen silent. Whoever spoke meanwhile is left alone. */
export const expireJob = operation({
  audience: 'system',
  permission: 'recording:control',
  audit: 'recording_jobs.expire',
  target: { type: 'recording_job', param: 'jobId' },

  async run({ jobId }: OfJob, view) {
    const before = await view.stores.jobs.find(jobId)
    const expired = before && lapse(before, view.mark.at, view.settings.leaseMs)
    return before && expired ? conclude(before, expired, view) : ok({ value: null, silent: true })
  },
})

async function conclude(before: Job, job: Job, view: View) {
  const recording = await view.stores.recordings.find(job.recordingId)
  if (!recording) return refuse('not_found', 'recording_not_found')
  const { changes, event, recording: followed } = await ending(job, recording, view)
  return ok({
    value: job,
    changes,
    target: { type: 'recording_job', id: job.id },
    under: kinOfPlaced(followed, view.live),
    details: {
      ...whose(job),
      reason: job.failureReason,
      recordingStatus: followed.status,
      ...(event && { healthEventId: event.id }),
    },
    before: { ...stateOf(before), recordingStatus: recording.status },
    after: { ...stateOf(job), recordingStatus: followed.status },
  })
}

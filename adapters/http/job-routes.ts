import { type JobActions, readJobActions } from '../../core/jobs/actions.ts'
import { exportJobs, exportSelectedJobs } from '../../core/jobs/exporting.ts'
import { jobStatuses } from '../../core/jobs/job.ts'
import {
  cancelJob,
  claimJob,
  claimNextGroup,
  claimNextJob,
  failJob,
  heartbeatJob,
  listJobChunks,
  listJobs,
  peekNextJob,
  readJob,
  readOwnJob,
} from '../../core/jobs/operations.ts'
import { retryJob, retryJobs } from '../../core/jobs/retrying.ts'
import { stopJobs } from '../../core/jobs/stopping.ts'
import { pageMeta } from '../../core/page.ts'
import { type } from '../system/type.ts'
import { headerText } from './headers.ts'
import { jobsCsv } from './job-csv.ts'
import { jobReply } from './job-reply.ts'
import { chunkReply, recordingReply } from './recording-reply.ts'
import { either, get, post, type Route } from './route.ts'
import { inPages, instant, jobId, limit, offset, ofJob, ofNode, text } from './schemas.ts'

/** The agent's reason is free text in a header: bounded where it is kept. */
const ending = {
  input: type({ jobId, 'reason?': 'string' }),
  besides: (headers: Headers) => {
    const reason = headerText(headers, 'x-rakkr-reason')
    return reason ? { reason } : {}
  },
  reply: jobReply,
} as const

const jobFilter = type({
  '+': 'delete',
  'status?': type.enumerated(...jobStatuses),
  'nodeId?': text(1, 160),
  'search?': text(1, 160),
  'captureBackend?': "'alsa' | 'jack' | 'pipewire'",
  'captureInterfaceId?': text(1, 160),
  'createdFrom?': instant,
  'createdTo?': instant,
  limit: limit(500, 50),
  offset,
}).pipe((query) => inPages(query))

const selection = type({ jobIds: jobId.array().atLeastLength(1).atMostLength(200).readonly() }).onUndeclaredKey(
  'reject',
)

export const jobRoutes: readonly Route[] = [
  get('/recording-jobs', listJobs, {
    input: jobFilter,
    wording: 'Invalid recording job filters',
    body: ({ page, found }) => ({
      data: found.items.map(jobReply),
      meta: pageMeta(page, found),
      summary: found.summary,
    }),
  }),
  get('/recording-jobs/:jobId/chunks', listJobChunks, {
    input: ofJob,
    reply: (chunks) => chunks.map((chunk) => ({ ...chunkReply(chunk), uploads: [] })),
  }),
  get('/recording-jobs/export', exportJobs, {
    input: jobFilter,
    wording: 'Invalid recording job filters',
    respond: jobsCsv,
  }),
  post('/recording-jobs/export', exportSelectedJobs, { input: selection, respond: jobsCsv }),
  post('/recording-jobs/bulk-stop', stopJobs, {
    input: selection,
    body: (jobs) => ({ data: jobs.map(jobReply), meta: { stoppedCount: jobs.length } }),
  }),
  post('/recording-jobs/bulk-retry', retryJobs, {
    input: selection,
    status: 201,
    body: (jobs) => ({ data: jobs.map(jobReply), meta: { retriedCount: jobs.length } }),
  }),
  post('/recording-jobs/:jobId/retry', retryJob, { input: ofJob, status: 201, reply: jobReply }),
  get('/recording-jobs/:jobId/actions', readJobActions, { input: ofJob, reply: actionsReply }),
  either('GET', '/recording-jobs/:jobId', { node: readOwnJob, user: readJob }, { input: ofJob, reply: jobReply }),

  post('/nodes/:nodeId/recording-jobs/claim-next-group', claimNextGroup, {
    input: ofNode,
    reply: (jobs) => jobs?.map(jobReply) ?? null,
  }),
  post('/nodes/:nodeId/recording-jobs/claim-next', claimNextJob, {
    input: ofNode,
    reply: (jobs) => jobs?.[0] && jobReply(jobs[0]),
  }),
  get('/nodes/:nodeId/recording-jobs/next', peekNextJob, {
    input: ofNode,
    reply: (job) => job && jobReply(job),
  }),
  post('/recording-jobs/:jobId/claim', claimJob, { input: ofJob, reply: (jobs) => jobs?.[0] && jobReply(jobs[0]) }),
  post('/recording-jobs/:jobId/heartbeat', heartbeatJob, { input: ofJob, reply: jobReply }),
  post('/recording-jobs/:jobId/failed', failJob, ending),
  post('/recording-jobs/:jobId/cancelled', cancelJob, ending),
]

function actionsReply({ job, recording, actions, retryConflict }: JobActions) {
  const all = '/api/v1/recording-jobs'
  const one = `${all}/${job.id}`
  return {
    job: jobReply(job),
    ...(recording && { recording: recordingReply(recording) }),
    actions,
    links: {
      bulkRetry: `${all}/bulk-retry`,
      bulkStop: `${all}/bulk-stop`,
      detail: one,
      exportSelected: `${all}/export`,
      retry: `${one}/retry`,
    },
    ...(retryConflict && { retryConflict: jobReply(retryConflict) }),
  }
}

import { routingOf } from './capture.ts'
import { findMap, pinnedMap } from './channel-map.ts'
import { chunkedTake, chunkSecondsOf } from './chunked.ts'
import type { Watch } from './health.ts'
import { refusalOf } from './refusal.ts'
import { singleTake } from './single.ts'
import type { Take, TakeTools, Track, TrackStatus } from './take.ts'
import type { ChannelMapBundles, Job } from './wire.ts'

/** Carries one claimed group of jobs to its end, beside the node's ticks. */
export interface Worker {
  dueAtMs(): number
  step(nowMs: number): Promise<void>
  ended(): boolean
  jobs(): readonly LocalJob[]
}

export interface LocalJob {
  readonly jobId: string
  readonly recordingId: string
  readonly status: TrackStatus
}

export interface WorkerTools extends TakeTools {
  readonly nodeId: string
  readonly jobPollMs: number
}

export function workerOf(jobs: readonly Job[], startedAtMs: number, tools: WorkerTools): Worker {
  const { client, reporter, say, jobPollMs } = tools
  let tracks: readonly Track[] = jobs.map((job) => ({ job, routing: [], status: 'capturing' }))
  let take: Take | undefined
  let pollAtMs = startedAtMs + jobPollMs
  const capturing = () => tracks.filter(({ status }) => status === 'capturing')
  const controls = new Map(jobs.map((job) => [job.id, watchControl(job, tools)]))
  const readStatus = reporter.watch({ failed: 'agent.recording_job.status_poll_failed' }, about(jobs[0]))

  async function begin(nowMs: number): Promise<Take> {
    tracks = await equip(jobs, nowMs, tools)
    for (const track of tracks) await refuseIfUnable(track, jobs, tools)
    const [primary] = capturing()
    for (const { job } of capturing()) say(`job ${job.id}: capturing ${job.command.durationSeconds} s`)
    const chunkSeconds = chunkSecondsOf(jobs)
    if (primary && chunkSeconds) return chunkedTake(primary, chunkSeconds, startedAtMs, tools)
    return singleTake(capturing(), startedAtMs, tools)
  }

  /** Signs of life for the whole group, the primary's last; then what the controller thinks of the primary. */
  async function poll(nowMs: number): Promise<void> {
    pollAtMs = nowMs + jobPollMs
    const [primary, ...secondaries] = capturing()
    if (!primary) return
    for (const { job } of [...secondaries, primary]) {
      await controls.get(job.id)?.(nowMs, await client.jobHeartbeat(job.id))
    }
    const answer = await client.job(primary.job.id)
    await readStatus(nowMs, answer)
    if (answer.ok) await react(answer.data.status, nowMs)
  }

  async function react(status: string, nowMs: number): Promise<void> {
    if (status === 'stop_requested' || status === 'cancelled') await discard()
    if (status === 'failed' || status === 'completed') {
      say(`job ${jobs[0]?.id}: the controller has it ${status}`)
      await take?.flush(nowMs)
      for (const track of capturing()) track.status = 'forgotten'
    }
  }

  /** Today's recorders throw a stopped capture away. One device serves the whole group, so all of it ends here. */
  async function discard(): Promise<void> {
    for (const track of capturing()) {
      const answer = await client.jobCancelled(track.job.id, 'controller_stop_requested')
      say(`job ${track.job.id}: stopped, ${answer.ok ? answer.status : answer.error}`)
      track.status = 'cancelled'
    }
  }

  return {
    dueAtMs: () => (take ? Math.min(pollAtMs, take.dueAtMs()) : startedAtMs),
    ended: () => capturing().length === 0,
    jobs: () => tracks.map(({ job, status }) => ({ jobId: job.id, recordingId: job.recordingId, status })),

    async step(nowMs) {
      if (!take) take = await begin(nowMs)
      if (take.dueAtMs() <= nowMs) await take.close(nowMs)
      if (capturing().length > 0 && pollAtMs <= nowMs) await poll(nowMs)
    },
  }
}

/** Every job with the channels it will hold. The maps assigned to this node are asked for only by jobs without one. */
async function equip(jobs: readonly Job[], nowMs: number, tools: WorkerTools): Promise<readonly Track[]> {
  const bundles = jobs.every(pinnedMap) ? [] : await lookUpMaps(jobs, nowMs, tools)
  return jobs.map((job) => {
    const map = pinnedMap(job) ?? findMap(job, bundles, tools.nodeId)
    return { job, routing: routingOf(job.command, map, tools.room.channelCount), status: 'capturing' }
  })
}

async function lookUpMaps(jobs: readonly Job[], nowMs: number, tools: WorkerTools): Promise<ChannelMapBundles> {
  const answer = await tools.client.channelMapBundles()
  if (answer.ok) return answer.data
  const { recordingId, details } = about(jobs[0])
  await tools.reporter.report(nowMs, {
    type: 'agent.recording_job.channel_map_lookup_failed',
    severity: 'warning',
    ...(recordingId && { recordingId }),
    details: { ...details, error: answer.error },
  })
  return []
}

/** Says no before anything is captured, rather than deliver what was not asked for. */
async function refuseIfUnable(track: Track, jobs: readonly Job[], { client, say }: WorkerTools): Promise<void> {
  const reason = refusalOf(track.job.command, track.routing.length, chunkSecondsOf(jobs))
  if (!reason) return
  const answer = await client.jobFailed(track.job.id, reason)
  say(`job ${track.job.id}: refused, ${reason}: ${answer.ok ? answer.status : answer.error}`)
  track.status = 'failed'
}

function watchControl(job: Job, { reporter }: WorkerTools): Watch {
  const failed = 'agent.recording_job.control_plane_failed'
  return reporter.watch({ failed, recovered: 'agent.recording_job.control_plane_recovered' }, about(job))
}

function about(job: Job | undefined) {
  return job ? { recordingId: job.recordingId, details: { jobId: job.id } } : {}
}

import type { Watch } from '../node/health.ts'
import { type Lane, laneOf } from '../node/lane.ts'
import { routingOf } from '../sound/capture.ts'
import type { ChannelMapBundles, Job } from '../wire/answers.ts'
import { findMap, pinnedMap } from './channel-map.ts'
import { chunkedTake, chunkSecondsOf } from './chunked.ts'
import { refusalOf } from './refusal.ts'
import { singleTake } from './single.ts'
import type { Take, TakeTools, Track, TrackStatus } from './take.ts'

const NEVER = Number.POSITIVE_INFINITY

/** Carries one claimed group of jobs to its end, beside the node's ticks. */
export interface Worker extends Lane {
  ended(): boolean
  jobs(): readonly LocalJob[]
  /** How far it is; nothing before it has begun to capture. */
  progress(nowMs: number): Progress | undefined
}

export interface LocalJob {
  readonly jobId: string
  readonly recordingId: string
  readonly status: TrackStatus
}

export interface Progress {
  readonly capturedSeconds: number
  readonly totalSeconds: number
  readonly filesSent: number
  readonly filesTotal: number
}

/** What a node does when it is told to stop: today's recorders discard, and keep only the chunks that were sent. */
export type OnStop = 'discard' | 'upload'

export interface WorkerTools extends TakeTools {
  readonly nodeId: string
  readonly jobPollMs: number
  readonly onStop: OnStop
}

export function workerOf(jobs: readonly Job[], startedAtMs: number, tools: WorkerTools): Worker {
  const { client, reporter, say, jobPollMs, onStop } = tools
  let tracks: readonly Track[] = jobs.map((job) => ({ job, routing: [], status: 'capturing' }))
  let take: Take | undefined
  let pollAtMs = startedAtMs + jobPollMs
  let stopping = false
  const capturing = () => tracks.filter(({ status }) => status === 'capturing')
  const controls = new Map(jobs.map((job) => [job.id, watchControl(job, tools)]))
  const readStatus = reporter.watch({ failed: 'agent.recording_job.status_poll_failed' }, about(jobs[0]))

  /** A job is held by its signs of life while its chunks are made and sent; when the capture is over there are none. */
  const beginning = laneOf({ dueAtMs: () => (take || !capturing()[0] ? NEVER : startedAtMs), step: begin })
  const closing = laneOf({
    dueAtMs: () => (take && !stopping && capturing().length > 0 ? take.dueAtMs() : NEVER),
    step: async (nowMs) => take?.close(nowMs),
  })
  const polling = laneOf({
    dueAtMs: () => (take && pollAtMs < take.endsAtMs && capturing().length > 0 ? pollAtMs : NEVER),
    step: poll,
  })
  const lanes = [beginning, closing, polling]

  async function begin(nowMs: number): Promise<void> {
    tracks = await equip(jobs, nowMs, tools)
    for (const track of tracks) await refuseIfUnable(track, jobs, tools)
    const [primary] = capturing()
    if (!primary) return
    for (const { job } of capturing()) say(`job ${job.id}: capturing ${job.command.durationSeconds} s`)
    const chunkSeconds = chunkSecondsOf(jobs)
    take = chunkSeconds
      ? chunkedTake(primary, chunkSeconds, startedAtMs, tools)
      : singleTake(capturing(), startedAtMs, tools)
  }

  /** Signs of life for the whole group, the primary's last; then what the controller thinks of the primary. */
  async function poll(nowMs: number): Promise<void> {
    pollAtMs = nowMs + jobPollMs
    const [primary, ...secondaries] = capturing()
    // Whoever wakes up late finds the capture over, and says nothing more but with what it sends.
    if (!primary || nowMs >= (take?.endsAtMs ?? NEVER)) return
    for (const { job } of [...secondaries, primary]) {
      await controls.get(job.id)?.(nowMs, await client.jobHeartbeat(job.id))
    }
    const answer = await client.job(primary.job.id)
    await readStatus(nowMs, answer)
    if (answer.ok && /^(stop_requested|cancelled|failed|completed)$/.test(answer.data.status)) {
      await end(answer.data.status, nowMs)
    }
  }

  /** What has closed by now still goes out first, where it will be taken. */
  async function end(status: string, nowMs: number): Promise<void> {
    stopping = true
    await closing.idle()
    if (take && take.dueAtMs() <= nowMs && status !== 'cancelled') await take.close(nowMs)
    if (capturing().length === 0) return
    say(`job ${jobs[0]?.id}: the controller has it ${status}`)
    if (status === 'stop_requested' && onStop === 'upload') await take?.finish(nowMs)
    if (status === 'stop_requested' || status === 'cancelled') return discard()
    await take?.flush(nowMs)
    for (const track of capturing()) track.status = 'forgotten'
  }

  /** One device serves the whole group, so all of it ends here. */
  async function discard(): Promise<void> {
    for (const track of capturing()) {
      const answer = await client.jobCancelled(track.job.id, 'controller_stop_requested')
      say(`job ${track.job.id}: stopped, ${answer.ok ? answer.status : answer.error}`)
      track.status = 'cancelled'
    }
  }

  return {
    dueAtMs: () => Math.min(...lanes.map((lane) => lane.dueAtMs())),
    ended: () => capturing().length === 0,
    jobs: () => tracks.map(({ job, status }) => ({ jobId: job.id, recordingId: job.recordingId, status })),
    progress: (nowMs) => take && progressOf(take, startedAtMs, nowMs),
    step: async (nowMs) => void (await Promise.all(lanes.map((lane) => lane.step(nowMs)))),
  }
}

function progressOf(take: Take, startedAtMs: number, nowMs: number): Progress {
  const { sent, total } = take.filed()
  const capturedMs = Math.max(0, Math.min(nowMs, take.endsAtMs) - startedAtMs)
  return {
    capturedSeconds: capturedMs / 1000,
    totalSeconds: (take.endsAtMs - startedAtMs) / 1000,
    filesSent: sent,
    filesTotal: total,
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
async function refuseIfUnable(track: Track, jobs: readonly Job[], tools: WorkerTools): Promise<void> {
  const { client, encoders, say } = tools
  const reason = await refusalOf(track.job.command, track.routing.length, encoders, chunkSecondsOf(jobs))
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

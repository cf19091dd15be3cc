import { type } from 'arktype'
import type { MeterFrame } from '../sound/levels.ts'
import {
  type ChannelMapBundles,
  channelMapBundles,
  type Job,
  job,
  jobs,
  type NodeConfig,
  nodeConfig,
} from './answers.ts'
import { type Answer, type Ask, callOf, type Fetch } from './call.ts'

export interface ClientOptions {
  readonly fetch: Fetch
  readonly url: string
  readonly nodeId: string
  readonly token: string
}

export interface HealthEventBody {
  readonly id: string
  readonly type: string
  readonly severity: 'info' | 'warning' | 'critical'
  readonly openedAt: string
  readonly details: Readonly<Record<string, unknown>>
  readonly recordingId?: string
}

export interface ListenChunk {
  readonly wav: Uint8Array<ArrayBuffer>
  readonly durationMs: number
  readonly capturedAt: string
}

export interface CacheFile {
  readonly jobId: string
  readonly recordingId: string
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly contentType: string
  readonly fileName: string
  readonly durationSeconds: number
  /** Counted from 0 on the wire. */
  readonly chunk?: number
  readonly chunkTotal?: number
}

/** The calls of a recorder, one method each. */
export interface Client {
  healthEvent(body: HealthEventBody): Promise<Answer>
  inventory(body: object): Promise<Answer>
  heartbeat(body: object): Promise<Answer>
  meterFrame(frame: MeterFrame): Promise<Answer>
  listenChunk(chunk: ListenChunk): Promise<Answer>
  config(): Promise<Answer<NodeConfig>>
  channelMapBundles(): Promise<Answer<ChannelMapBundles>>
  /** The jobs of the group that was claimed, primary first; none when nothing waits. */
  claimNextGroup(): Promise<Answer<readonly Job[]>>
  jobHeartbeat(jobId: string): Promise<Answer>
  job(jobId: string): Promise<Answer<Job>>
  jobCancelled(jobId: string, reason: string): Promise<Answer>
  jobFailed(jobId: string, reason: string): Promise<Answer>
  putCacheFile(file: CacheFile): Promise<Answer>
}

export function clientOf({ fetch, url, nodeId, token }: ClientOptions): Client {
  const call = callOf(fetch, url, token)
  const node = `/nodes/${nodeId}`
  const get = (path: string) => call({ method: 'GET', path })
  const post = (path: string, rest: Partial<Ask> = {}) => call({ method: 'POST', path, ...rest })
  const agentId = { 'x-rakkr-agent-id': nodeId }
  const end = (jobId: string, ending: string, reason: string) =>
    post(`/recording-jobs/${jobId}/${ending}`, { headers: { 'x-rakkr-reason': toHeaderText(reason) } })

  return {
    healthEvent: (json) => post(`${node}/health-events`, { json }),
    inventory: (json) => post(`${node}/inventory`, { json }),
    heartbeat: (json) => post(`${node}/heartbeat`, { json }),
    meterFrame: (json) => post(`${node}/meter-frame`, { json }),
    listenChunk: ({ wav, durationMs, capturedAt }) =>
      post(`${node}/listen/chunk`, {
        bytes: wav,
        headers: {
          'content-type': 'audio/wav',
          'x-rakkr-duration-ms': String(durationMs),
          'x-rakkr-captured-at': capturedAt,
        },
      }),
    config: async () => decoded(await get(`${node}/config`), nodeConfig),
    channelMapBundles: async () => decoded(await get(`${node}/channel-map-assignments`), channelMapBundles),
    claimNextGroup: async () => {
      const answer = await post(`${node}/recording-jobs/claim-next-group`, { headers: agentId })
      return answer.ok && answer.status === 204 ? { ...answer, data: [] } : decoded(answer, jobs)
    },
    jobHeartbeat: (jobId) => post(`/recording-jobs/${jobId}/heartbeat`, { headers: agentId }),
    job: async (jobId) => decoded(await get(`/recording-jobs/${jobId}`), job),
    jobCancelled: (jobId, reason) => end(jobId, 'cancelled', reason),
    jobFailed: (jobId, reason) => end(jobId, 'failed', reason),
    putCacheFile: (file) => call(uploadOf(file)),
  }
}

function uploadOf(file: CacheFile): Ask {
  const { jobId, recordingId, bytes, contentType, fileName, durationSeconds, chunk, chunkTotal } = file
  const query = [
    ...(chunk === undefined ? [] : [`chunk=${chunk}`]),
    ...(chunkTotal === undefined ? [] : [`chunkTotal=${chunkTotal}`]),
  ].join('&')
  return {
    method: 'PUT',
    path: `/recordings/${recordingId}/cache-file${query && `?${query}`}`,
    bytes,
    headers: {
      'content-type': contentType,
      'x-rakkr-duration-seconds': String(durationSeconds),
      'x-rakkr-file-name': toHeaderText(fileName),
      'x-rakkr-recording-job-id': jobId,
    },
  }
}

/** An answer that cannot be understood is a failure like any other. */
function decoded<T>(answer: Answer, schema: (data: unknown) => T | type.errors): Answer<T> {
  if (!answer.ok) return answer
  const data = schema(answer.data)
  if (data instanceof type.errors) return { ok: false, error: `${answer.status} with ${data.summary}` }
  return { ...answer, data }
}

/**
 * Free text goes into headers as raw UTF-8, which this platform takes byte by byte. A line break is left in: then the
 * request cannot be made and the call fails, which is what becomes of it on a recorder.
 */
function toHeaderText(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text))
}

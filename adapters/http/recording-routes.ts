import { channelModes } from '../../core/jobs/command.ts'
import { pageMeta } from '../../core/page.ts'
import { recordingSortKeys } from '../../core/recordings/filter.ts'
import {
  downloadRecording,
  fileName,
  type ListenInput,
  prepareDownload,
  startPlayback,
  streamRecording,
} from '../../core/recordings/listening.ts'
import { listRecordings, readRecording, stopRecording } from '../../core/recordings/operations.ts'
import { healthStatuses, type Recording, type Rendition, recordingStatuses } from '../../core/recordings/recording.ts'
import { startRecording } from '../../core/recordings/start.ts'
import { iso } from '../../core/time.ts'
import { type } from '../system/type.ts'
import { audioReply } from './audio-reply.ts'
import { jobReply } from './job-reply.ts'
import { recordingReply } from './recording-reply.ts'
import { get, post, type Route } from './route.ts'
import { inPages, instant, limit, nodeId, offset, recordingId, text } from './schemas.ts'
import { uploadRoute } from './upload-route.ts'

const ofRecording = type({ recordingId })
const searched = text(1, 240)

const recordingFilter = type({
  '+': 'delete',
  'search?': searched,
  'folder?': searched,
  'tag?': searched,
  'status?': type.enumerated(...recordingStatuses),
  'healthStatus?': type.enumerated(...healthStatuses),
  'cacheState?': "'cached' | 'missing'",
  'nodeId?': searched,
  'scheduleId?': searched,
  'recordingProfileId?': searched,
  'trackGroupId?': searched,
  'uploadPolicyId?': searched,
  'recordedFrom?': instant,
  'recordedTo?': instant,
  'sortBy?': type.enumerated(...recordingSortKeys),
  'sortOrder?': "'asc' | 'desc'",
  limit: limit(500, 200),
  offset,
}).pipe((query) => inPages(query, 500))

/** Any number may be given twice, but a channel is captured once. */
const selection = type('1 <= number.integer <= 512')
  .array()
  .atLeastLength(1)
  .atMostLength(512)
  .narrow((channels, context) => new Set(channels).size === channels.length || context.mustBe('distinct channels'))
  .readonly()

const start = type({
  '+': 'reject',
  nodeId,
  'name?': text(1, 240),
  'folder?': text(1, 240),
  'tags?': text(1, 48).array().atMostLength(32).readonly(),
  'captureBackend?': "'alsa' | 'jack' | 'pipewire'",
  'captureInterfaceId?': text(1, 160),
  'captureChannelSelection?': selection,
  'channelMode?': type.enumerated(...channelModes),
  'recordingProfileId?': text(1, 160),
  'retentionPolicyId?': text(1, 160),
  'uploadPolicyIds?': text(1, 160).array().atMostLength(16).readonly(),
})

/** What is no rendition is the primary. */
const listen = type({ '+': 'delete', recordingId, 'rendition?': 'unknown' }).pipe(
  ({ recordingId, rendition }): ListenInput => ({
    recordingId,
    ...((rendition === 'raw' || rendition === 'enhanced') && { rendition }),
  }),
)

interface Prepared {
  readonly recording: Recording
  readonly rendition: Rendition | undefined
  readonly signed: string
}

const hrefOf = ({ recording }: Prepared, what: 'stream' | 'file') => `/api/v1/recordings/${recording.id}/${what}`

/** For players and browsers, which send no token: the ticket stands in for it. */
function ticketHref(prepared: Prepared, what: 'stream' | 'file'): string {
  const { rendition, signed } = prepared
  return `${hrefOf(prepared, what)}?${rendition ? `rendition=${rendition}&` : ''}ticket=${signed}`
}

export const recordingRoutes: readonly Route[] = [
  get('/recordings', listRecordings, {
    input: recordingFilter,
    wording: 'Invalid recording filters',
    body: ({ page, found }) => ({ data: found.items.map(recordingReply), meta: pageMeta(page, found) }),
  }),
  post('/recordings', startRecording, {
    input: start,
    status: 202,
    body: ({ recording, job }) => ({ data: recordingReply(recording), job: jobReply(job) }),
  }),
  get('/recordings/:recordingId', readRecording, { input: ofRecording, reply: recordingReply }),
  post('/recordings/:recordingId/stop', stopRecording, { input: ofRecording, reply: recordingReply }),
  post('/recordings/:recordingId/playback', startPlayback, {
    input: listen,
    status: 202,
    reply: (prepared) => ({
      mode: 'controller_cache',
      recordingId: prepared.recording.id,
      sessionId: prepared.id,
      startedAt: iso(prepared.at),
      streamUrl: hrefOf(prepared, 'stream'),
      ticketUrl: ticketHref(prepared, 'stream'),
    }),
  }),
  post('/recordings/:recordingId/download', prepareDownload, {
    input: listen,
    status: 202,
    reply: (prepared) => ({
      downloadId: prepared.id,
      expiresAt: iso(prepared.until),
      fileName: fileName(prepared.recording, prepared.path),
      mode: 'controller_cache',
      recordingId: prepared.recording.id,
      url: hrefOf(prepared, 'file'),
      ticketUrl: ticketHref(prepared, 'file'),
    }),
  }),
  get('/recordings/:recordingId/stream', streamRecording, { input: listen, respond: audioReply('inline') }),
  get('/recordings/:recordingId/file', downloadRecording, { input: listen, respond: audioReply('attachment') }),
  uploadRoute,
]

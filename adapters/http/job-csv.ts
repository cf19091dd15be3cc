import { backendOf } from '../../core/jobs/filter.ts'
import type { Job } from '../../core/jobs/job.ts'
import { iso } from '../../core/time.ts'
import { type Column, csvReply } from './csv.ts'

/** In the contract's order. */
const columns: readonly Column<Job>[] = [
  ['id', ({ id }) => id],
  ['recordingId', ({ recordingId }) => recordingId],
  ['nodeId', ({ nodeId }) => nodeId],
  ['status', ({ status }) => status],
  ['claimedBy', ({ claimedBy }) => claimedBy],
  ...instants('createdAt', 'startedAt', 'lastHeartbeatAt', 'leaseExpiresAt', 'stopRequestedAt', 'completedAt'),
  ['failureReason', ({ failureReason }) => failureReason],
  ['captureBackend', backendOf],
  ...ordered('captureDevice', 'captureInterfaceId', 'captureFormat', 'captureSampleRate', 'captureChannels'),
  ...ordered('durationSeconds', 'outputCodec', 'outputBitrateKbps'),
  ['outputVbr', ({ command }) => (command.outputVbr === undefined ? undefined : String(command.outputVbr))],
  ...ordered('outputFileName'),
]

type Moment = 'createdAt' | 'startedAt' | 'lastHeartbeatAt' | 'leaseExpiresAt' | 'stopRequestedAt' | 'completedAt'

function instants(...names: readonly Moment[]): Column<Job>[] {
  return names.map((name) => [name, ({ [name]: at }) => (at === undefined ? undefined : iso(at))])
}

type Ordered =
  | 'captureDevice'
  | 'captureInterfaceId'
  | 'captureFormat'
  | 'captureSampleRate'
  | 'captureChannels'
  | 'durationSeconds'
  | 'outputCodec'
  | 'outputBitrateKbps'
  | 'outputFileName'

function ordered(...names: readonly Ordered[]): Column<Job>[] {
  return names.map((name) => [name, ({ command }) => command[name]])
}

export const jobsCsv = async ({ jobs, at }: { readonly jobs: readonly Job[]; readonly at: number }) =>
  csvReply('recording-jobs', columns, jobs, at)

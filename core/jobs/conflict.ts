import type { Instant } from '../ids.ts'
import { capacityOf, type Node } from '../nodes/node.ts'
import type { Recording } from '../recordings/recording.ts'
import { ok, type Result, refuse } from '../result.ts'
import type { Capture } from './capture.ts'
import type { Job } from './job.ts'

/** A job that holds, or will hold, channels of its node, with the recording it is for. */
export interface Claimed {
  readonly job: Job
  readonly recording: Recording
}

export interface Window {
  readonly from: Instant
  readonly to: Instant
}

/**
 * Two jobs never hold one channel at one time, and a node captures on no more interfaces than it can.
 * Answers with the capture group to join: whoever shares an interface is captured together.
 */
export function admit(
  node: Node,
  capture: Capture,
  window: Window,
  claims: readonly Claimed[],
): Result<string | undefined> {
  const key = capture.device?.id ?? NODE_DEFAULT
  const beside = claims.filter((claim) => interfaceKey(claim.job) === key && overlaps(windowOf(claim), window))

  for (const { job, recording } of beside) {
    const busy = sharedChannels(job.command.captureChannelSelection, capture.selection)
    if (busy) return refuse('conflict', 'capture_channels_busy', channelsBusy(job, recording, capture, busy))
  }
  const interfaces = new Set(claims.map(({ job }) => interfaceKey(job)))
  const capacity = capacityOf(node)
  if (!interfaces.has(key) && interfaces.size >= capacity) {
    const reason = 'node_capture_capacity_reached'
    const shown = { reason, activeSessionCount: interfaces.size, maxConcurrentRecordings: capacity }
    return refuse('conflict', reason, { shown, details: shown })
  }
  return ok(beside.find(({ job }) => job.command.captureGroupId !== undefined)?.job.command.captureGroupId)
}

/** Jobs that name no interface share one. */
const NODE_DEFAULT = ''
const interfaceKey = ({ command }: Job) => command.captureInterfaceId ?? NODE_DEFAULT

function windowOf({ job, recording }: Claimed): Window {
  const from = job.startedAt ?? recording.recordedAt
  return { from, to: from + job.command.durationSeconds * 1000 }
}

const overlaps = (a: Window, b: Window) => a.from < b.to && b.from < a.to

/** What both would hold; empty for a whole interface, undefined for nothing. No selection is all channels. */
function sharedChannels(
  a: readonly number[] | undefined,
  b: readonly number[] | undefined,
): readonly number[] | undefined {
  if (a === undefined || b === undefined) return []
  const shared = a.filter((channel) => b.includes(channel)).sort((x, y) => x - y)
  return shared.length > 0 ? shared : undefined
}

function channelsBusy(job: Job, recording: Recording, { device }: Capture, busyChannels: readonly number[]) {
  const shown = {
    reason: 'capture_channels_busy',
    busyChannels,
    ...(device && { captureInterfaceId: device.id }),
    conflictingJobId: job.id,
    conflictingRecordingId: job.recordingId,
    ...(recording.roomId && { conflictingRoomId: recording.roomId }),
  }
  return { shown, details: shown, target: { type: 'recording_job', id: job.id } }
}

import { kinOfPlace } from '../access/kin.ts'
import { covers } from '../access/scope.ts'
import type { NodeId, RecordingId } from '../ids.ts'
import { type Capture, type CaptureRequest, commandFor, planCapture } from '../jobs/capture.ts'
import { admit } from '../jobs/conflict.ts'
import { newJob } from '../jobs/job.ts'
import { kinOfPlaced } from '../kin-of.ts'
import type { Node } from '../nodes/node.ts'
import { operation, type View } from '../operation.ts'
import { ok, type Result, refuse } from '../result.ts'
import {
  builtInProfiles,
  DEFAULT_PROFILE_ID,
  DEFAULT_RETENTION_POLICY_ID,
  DEFAULT_UPLOAD_POLICY_ID,
  type RecordingProfile,
} from '../settings/profile.ts'
import { iso } from '../time.ts'
import { distinctTags, type Recording } from './recording.ts'

export interface StartInput extends CaptureRequest {
  readonly nodeId: NodeId
  readonly name?: string
  readonly folder?: string
  readonly tags?: readonly string[]
  readonly recordingProfileId?: string
  readonly retentionPolicyId?: string
  readonly uploadPolicyIds?: readonly string[]
}

/**
 * An ad-hoc recording. The order book makes check and creation one: of two orders decided on the same page the second is
 * decided again, and finds the first.
 */
export const startRecording = operation({
  audience: 'user',
  permission: 'recording:create',
  audit: 'recordings.start',
  target: { type: 'node', member: 'nodeId' },

  async run(input: StartInput, view) {
    const node = view.live.nodes.get(input.nodeId)
    if (!node) return refuse('not_found', 'node_not_found')
    const planned = planCapture(node, input)
    if (!planned.ok) return planned
    const capture = planned.value
    if (!mayRecord(node, capture, view)) return refuse('forbidden', 'missing_resource_scope')
    const policies = choosePolicies(input, view)
    if (!policies.ok) return policies

    const orderBook = await view.stores.nodes.orderBook(node.id)
    const { captureSeconds } = view.settings
    const window = { from: view.mark.at, to: view.mark.at + captureSeconds * 1000 }
    const admitted = admit(node, capture, window, await view.stores.jobs.activeOn(node.id))
    if (!admitted.ok) return admitted

    const { profile, ...chosen } = policies.value
    const recording = newRecording(input, node, capture, profile, chosen, view)
    const groupId = admitted.value ?? `cap_${view.ids.uuid()}`
    const alone = admitted.value === undefined
    const chunkSeconds = alone ? chunksFor(capture, view) : undefined
    const command = commandFor(node, capture, {
      recordingId: recording.id,
      groupId,
      durationSeconds: captureSeconds,
      ...(chunkSeconds !== undefined && { chunkSeconds }),
      profile,
    })
    const order = { nodeId: node.id, recordingId: recording.id, command, createdAt: view.mark.at }
    const job = newJob(view.ids.uuid(), order)
    return ok({
      value: { recording, job },
      changes: { orderBooks: [orderBook], recordings: [recording], jobs: [job] },
      target: { type: 'recording', id: recording.id, name: recording.name },
      under: kinOfPlaced(recording, view.live),
      correlationIds: { jobId: job.id, recordingId: recording.id },
      details: {
        captureGroupId: groupId,
        jobCommand: command,
        jobStatus: job.status,
        profileId: profile.id,
        source: 'ad_hoc',
      },
      after: { nodeId: node.id, status: recording.status, jobStatus: job.status },
    })
  },
})

/**
 * Agents that are told to stop throw a single file away, and keep every chunk they have closed. So what can be sent in
 * pieces is: by a lone job, and not from JACK. Pieces of every codec are joined again.
 */
function chunksFor({ backend }: Capture, { settings }: View): number | undefined {
  const { adhocChunkSeconds, captureSeconds } = settings
  const worthwhile = adhocChunkSeconds > 0 && captureSeconds > adhocChunkSeconds
  return worthwhile && backend !== 'jack' ? adhocChunkSeconds : undefined
}

/** What is about to be made must be in scope as it will stand: in its room, on its node. A roster opens only its room. */
const mayRecord = (node: Node, { roomId }: Capture, { scope }: View): boolean =>
  covers(scope, [...(roomId ? [{ type: 'room', id: roomId }] : []), ...kinOfPlace(node)])

interface Policies {
  readonly profile: RecordingProfile
  readonly retentionPolicyId: string
  readonly uploadPolicyIds: readonly string[]
}

/**
 * What is named must be in scope, and exist: in that order, so that nobody learns what there is beyond its scope. What is left
 * out is the default, which everyone may use.
 */
function choosePolicies(input: StartInput, { covers }: View): Result<Policies> {
  const { recordingProfileId, retentionPolicyId, uploadPolicyIds } = input
  const named = [
    ...(recordingProfileId === undefined ? [] : [{ type: 'recording_profile', id: recordingProfileId }]),
    ...(uploadPolicyIds ?? []).map((id) => ({ type: 'upload_policy', id })),
    ...(retentionPolicyId === undefined ? [] : [{ type: 'retention_policy', id: retentionPolicyId }]),
  ]
  const hidden = named.find((target) => !covers(target))
  if (hidden) return refuse('forbidden', 'missing_resource_scope', { target: hidden })
  const profile = builtInProfiles.find(({ id }) => id === (recordingProfileId ?? DEFAULT_PROFILE_ID))
  if (!profile) return refuse('not_found', 'recording_profile_not_found')
  const unknownUpload = uploadPolicyIds?.find((id) => id !== DEFAULT_UPLOAD_POLICY_ID)
  if (unknownUpload !== undefined) return refuse('not_found', 'upload_policy_not_found')
  if ((retentionPolicyId ?? DEFAULT_RETENTION_POLICY_ID) !== DEFAULT_RETENTION_POLICY_ID) {
    return refuse('not_found', 'retention_policy_not_found')
  }
  return ok({
    profile,
    retentionPolicyId: DEFAULT_RETENTION_POLICY_ID,
    uploadPolicyIds: uploadPolicyIds?.length ? uploadPolicyIds : [DEFAULT_UPLOAD_POLICY_ID],
  })
}

function newRecording(
  { name, folder, tags }: StartInput,
  node: Node,
  { roomId }: Capture,
  profile: RecordingProfile,
  chosen: Omit<Policies, 'profile'>,
  { ids, mark }: View,
): Recording {
  const at = iso(mark.at)
  return {
    id: `rec_${ids.uuid()}` as RecordingId,
    version: 0,
    name: name ?? `${at.slice(0, 16).replace('T', '_')}_Ad Hoc_${node.alias}`,
    folder: folder ?? `Ad Hoc/${at.slice(0, 4)}/${at.slice(5, 7)}/${node.room}`,
    tags: distinctTags(tags ?? ['ad-hoc', 'voice']),
    status: 'recording',
    source: 'ad_hoc',
    healthStatus: 'unknown',
    recordedAt: mark.at,
    durationSeconds: 0,
    cached: false,
    nodeId: node.id,
    ...(roomId && { roomId }),
    recordingProfileId: profile.id,
    ...chosen,
  }
}

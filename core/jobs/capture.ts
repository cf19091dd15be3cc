import { roomOfChannel } from '../access/kin.ts'
import type { RecordingId, RoomId } from '../ids.ts'
import type { CaptureBackend, Interface, Node } from '../nodes/node.ts'
import { ok, type Result, refuse } from '../result.ts'
import type { RecordingProfile } from '../settings/profile.ts'
import type { ChannelMap, ChannelMode, Command } from './command.ts'

/** What is to be captured, before it is known whether it may be. */
export interface CaptureRequest {
  readonly captureBackend?: CaptureBackend
  readonly captureInterfaceId?: string
  readonly captureChannelSelection?: readonly number[]
  readonly channelMode?: ChannelMode
}

/** What will be captured: of which interface, which of its channels, in which room. */
export interface Capture {
  readonly device?: Interface
  readonly backend?: CaptureBackend
  /** None: all of them. */
  readonly selection?: readonly number[]
  readonly mode?: ChannelMode
  readonly roomId?: RoomId
}

export function planCapture(node: Node, request: CaptureRequest): Result<Capture> {
  const { captureInterfaceId, captureChannelSelection: selection } = request
  const device = captureInterfaceId
    ? node.interfaces.find(({ id, absent }) => id === captureInterfaceId && !absent)
    : node.interfaces.find(({ absent }) => !absent)
  if (!device && (captureInterfaceId !== undefined || selection !== undefined)) {
    return refuse('conflict', 'recording_interface_not_found')
  }
  const mode = selection && (request.channelMode ?? (selection.length === 1 ? 'mono' : 'stereo'))
  const problem = device && selection && mode && problemOf(device, selection, mode)
  if (problem) return refuse('invalid', problem, { shown: { reason: problem } })

  const rooms = roomsOf(node, device, selection)
  if (rooms.length > 1) {
    return refuse('invalid', 'channel_selection_cross_room', { shown: { reason: 'channel_selection_cross_room' } })
  }
  const own = device && device.backend !== 'unknown' ? device.backend : undefined
  const backend = request.captureBackend ?? own ?? node.audioDefaults?.captureBackend
  return ok({
    ...(device && { device }),
    ...(backend && { backend }),
    ...(selection && { selection }),
    ...(mode && { mode }),
    ...(rooms[0] && { roomId: rooms[0] }),
  })
}

function problemOf(device: Interface, selection: readonly number[], mode: ChannelMode): string | undefined {
  if (selection.some((index) => index > device.channelCount)) return 'channel_selection_out_of_range'
  const enumerated = new Set(device.channels.map(({ index }) => index))
  if (enumerated.size > 0 && selection.some((index) => !enumerated.has(index)))
    return 'channel_selection_unknown_channel'
  return mode === 'stereo' && selection.length !== 2 ? 'channel_selection_mode_arity' : undefined
}

/** A recording belongs to one room for good, so what it captures must. */
function roomsOf(
  node: Node,
  device: Interface | undefined,
  selection: readonly number[] | undefined,
): readonly RoomId[] {
  const channels = (device?.channels ?? []).filter(({ index }) => selection === undefined || selection.includes(index))
  const rooms = channels.map((channel) => roomOfChannel(node, channel)).filter((room) => room !== undefined)
  const distinct = [...new Set(rooms)]
  return distinct.length > 0 || node.roomId === undefined ? distinct : [node.roomId]
}

export interface CommandFacts {
  readonly recordingId: RecordingId
  readonly groupId: string
  readonly durationSeconds: number
  /** Used where the profile says nothing. */
  readonly chunkSeconds?: number
  readonly profile: RecordingProfile
}

/** The order in the words of the wire. */
export function commandFor(
  node: Node,
  capture: Capture,
  { recordingId, groupId, durationSeconds, chunkSeconds, profile }: CommandFacts,
): Command {
  const { device, backend, selection, mode } = capture
  const chunking = profile.chunkSeconds ?? chunkSeconds
  const defaults = node.audioDefaults
  const channelMap = device && selection && mode ? inlineMap(device, selection, mode) : undefined
  return {
    type: 'alsa_capture',
    ...(backend && { captureBackend: backend }),
    captureChannels: channelMap?.sourceChannels ?? defaults?.captureChannels ?? 2,
    ...(selection && { captureChannelSelection: selection }),
    captureDevice: deviceName(device) ?? defaults?.captureDevice ?? 'default',
    captureFormat: defaults?.captureFormat ?? 'S16_LE',
    captureGroupId: groupId,
    ...(device && { captureInterfaceId: device.id }),
    captureSampleRate: defaults?.captureSampleRate ?? 48000,
    ...(channelMap && { channelMap }),
    ...(chunking !== undefined && { chunkSeconds: chunking }),
    durationSeconds,
    ...(profile.enhancement && { enhancement: profile.enhancement }),
    outputBitrateKbps: profile.bitrateKbps,
    outputCodec: profile.codec,
    outputFileName: `${recordingId}.${profile.codec}`,
    outputVbr: profile.vbr,
  }
}

/** ALSA opens its own references; an interface that was never discovered has only a placeholder for a name. */
function deviceName(device: Interface | undefined): string | undefined {
  if (!device || device.backend === 'unknown') return undefined
  if (device.backend !== 'alsa') return device.systemName
  const reference = device.systemRef?.replace(/^alsa:/, '')
  return reference && /^(plug)?hw:/.test(reference) ? reference : device.systemName
}

function inlineMap(device: Interface, selection: readonly number[], mode: ChannelMode): ChannelMap {
  const placed = mode === 'stereo' || mode === 'multichannel'
  return {
    assignmentId: 'inline-channel-selection',
    templateId: 'inline-channel-selection',
    templateName: 'Channel selection',
    channelMode: mode,
    targetType: 'interface',
    targetId: device.id,
    sourceChannels: Math.max(...selection),
    entries: selection.map((index, i) => ({
      included: true,
      label: device.channels.find((channel) => channel.index === index)?.alias ?? `Channel ${index}`,
      sourceChannelIndex: index,
      ...(placed && { outputChannelIndex: i + 1 }),
    })),
  }
}

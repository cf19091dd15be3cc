import type { HealthEventId, InterfaceId, JobId, NodeId, RecordingId, RoomId, ScheduleId } from '../ids.ts'
import type { Kin } from './target.ts'

/*
 * What each thing stands for when a rule is looked up. Nothing is fetched here: the caller hands over what it knows,
 * and of something it does not know, the bare id.
 */

/** A node where only its place matters. */
export interface NodePlace {
  readonly id: NodeId
  readonly site?: string
}

export interface NodeFacts extends NodePlace {
  /** The default: it counts for channels without a room of their own. */
  readonly roomId?: RoomId
  readonly interfaces: readonly InterfaceFacts[]
}

export interface InterfaceFacts {
  readonly id: InterfaceId
  readonly channels: readonly ChannelFacts[]
}

export interface ChannelFacts {
  readonly index: number
  readonly roomId?: RoomId
}

export interface ScheduleFacts {
  readonly id: ScheduleId
  readonly roomId?: RoomId
  readonly node?: NodePlace
}

export interface RecordingFacts {
  readonly id: RecordingId
  readonly roomId?: RoomId
  readonly schedule?: ScheduleFacts
  readonly node?: NodePlace
}

export interface JobFacts {
  readonly id: JobId
  readonly recording: RecordingFacts
  readonly node?: NodePlace
}

export interface HealthEventFacts {
  readonly id: HealthEventId
  readonly recording?: RecordingFacts
  readonly schedule?: ScheduleFacts
  readonly node?: NodeFacts
}

/** A node stands for every room it serves. */
export const kinOfNode = (node: NodeFacts): readonly Kin[] => [...kinOfPlace(node), ...roomsOfNode(node).map(room)]

/** The node and its site without its rooms: a scope that covers this has authority over the whole node. */
export const kinOfPlace = ({ id, site }: NodePlace): readonly Kin[] =>
  site
    ? [
        { type: 'node', id },
        { type: 'site', id: site },
      ]
    : [{ type: 'node', id }]

export const kinOfInterface = (node: NodeFacts, audioInterface: InterfaceFacts): readonly Kin[] => [
  { type: 'interface', id: audioInterface.id },
  ...kinOfPlace(node),
  ...roomsOfInterface(node, audioInterface).map(room),
]

/** A channel may be asked for by a longer name; it stands for that name too. */
export function kinOfChannel(
  node: NodeFacts,
  audioInterface: InterfaceFacts,
  channel: ChannelFacts,
  askedAs: string = channelId(audioInterface, channel),
): readonly Kin[] {
  const roomId = roomOfChannel(node, channel)
  return family(
    { type: 'channel', id: askedAs },
    { type: 'channel', id: channelId(audioInterface, channel) },
    { type: 'interface', id: audioInterface.id },
    ...kinOfPlace(node),
    roomId && room(roomId),
  )
}

/** The schedule's own room, never the other rooms of its node: a shared node must not show one room to another. */
export const kinOfSchedule = ({ id, roomId, node }: ScheduleFacts): readonly Kin[] =>
  family({ type: 'schedule', id }, roomId && room(roomId), ...(node ? kinOfPlace(node) : []))

/** As with a schedule: its own room, which it keeps whatever becomes of the node's channels. */
export const kinOfRecording = ({ id, roomId, schedule, node }: RecordingFacts): readonly Kin[] =>
  family(
    { type: 'recording', id },
    roomId && room(roomId),
    ...(schedule ? kinOfSchedule(schedule) : []),
    ...(node ? kinOfPlace(node) : []),
  )

export const kinOfJob = ({ id, recording, node }: JobFacts): readonly Kin[] =>
  family({ type: 'recording_job', id }, ...kinOfRecording(recording), ...(node ? kinOfPlace(node) : []))

/** The node's rooms count only where nothing nearer is named: what befell one recording concerns one room. */
export const kinOfHealthEvent = ({ id, recording, schedule, node }: HealthEventFacts): readonly Kin[] =>
  family(
    { type: 'health_event', id },
    ...(recording ? kinOfRecording(recording) : []),
    ...(schedule ? kinOfSchedule(schedule) : []),
    ...(node && !recording && !schedule ? kinOfNode(node) : []),
  )

/** What each of the things named by a health event stands for. */
export function namedByHealthEvent({ recording, schedule, node }: HealthEventFacts): readonly (readonly Kin[])[] {
  const named: (readonly Kin[])[] = []
  if (recording) named.push(kinOfRecording(recording))
  if (schedule) named.push(kinOfSchedule(schedule))
  if (node) named.push(kinOfNode(node))
  return named
}

export const roomsOfNode = (node: NodeFacts): readonly RoomId[] =>
  roomsOfChannels(
    node,
    node.interfaces.flatMap(({ channels }) => channels),
  )

export const roomsOfInterface = (node: Pick<NodeFacts, 'roomId'>, { channels }: InterfaceFacts): readonly RoomId[] =>
  roomsOfChannels(node, channels)

export const roomOfChannel = (node: Pick<NodeFacts, 'roomId'>, channel: ChannelFacts): RoomId | undefined =>
  channel.roomId ?? node.roomId

/** The one name a rule can count on. */
export const channelId = ({ id }: Pick<InterfaceFacts, 'id'>, { index }: Pick<ChannelFacts, 'index'>): string =>
  `${id}:${index}`

/** When every channel has a room of its own, the node's default no longer counts; with no channel it is all there is. */
function roomsOfChannels(node: Pick<NodeFacts, 'roomId'>, channels: readonly ChannelFacts[]): readonly RoomId[] {
  if (channels.length === 0) return node.roomId ? [node.roomId] : []
  const rooms = new Set<RoomId>()
  for (const channel of channels) {
    const roomId = roomOfChannel(node, channel)
    if (roomId) rooms.add(roomId)
  }
  return [...rooms]
}

const room = (id: RoomId): Kin => ({ type: 'room', id })

/** Without the gaps and without repetition; a family is a handful, so looking through it beats an index. */
function family(...members: readonly (Kin | '' | undefined)[]): readonly Kin[] {
  const kin: Kin[] = []
  for (const member of members) {
    if (member && !kin.some(({ type, id }) => type === member.type && id === member.id)) kin.push(member)
  }
  return kin
}

import fc from 'fast-check'
import type { GroupId, InterfaceId, NodeId, PolicyId, RoomId, UserId } from '../ids.ts'
import { capabilities, type RosterEntry } from './capability.ts'
import type { NodeFacts } from './kin.ts'
import { permissions, roles } from './permission.ts'
import type { AccessPolicy, Grant } from './rule.ts'
import type { Subject } from './subject.ts'
import { type Kin, namesOfCollection, type Target } from './target.ts'

/*
 * Small, crowded worlds to ask about: few names, so that rules and things meet often, some names of nothing,
 * and some names of two things at once.
 * It holds no test; it is named like one because fast-check is none of core's packages.
 */

/** Plain rows that point at one another by id; what they point at need not exist. */
export interface World {
  readonly nodes: readonly NodeFacts[]
  readonly schedules: readonly Row<'roomId' | 'nodeId'>[]
  readonly recordings: readonly Row<'roomId' | 'scheduleId' | 'nodeId'>[]
  readonly jobs: readonly (Row<'nodeId'> & { readonly recordingId: string })[]
  readonly events: readonly Row<'recordingId' | 'scheduleId' | 'nodeId'>[]
  readonly policies: readonly AccessPolicy[]
  readonly rosters: readonly RosterEntry[]
}

type Row<Pointer extends string> = { readonly id: string } & { readonly [Each in Pointer]?: string }

const ids = {
  room: ['r1', 'r2', '*'],
  site: ['s1', 's2', 'r1'],
  node: ['n1', 'n2', 'n?'],
  interface: ['i1', 'i2', 'i3'],
  channel: ['i1:1', 'n1:i1:1', 'i3:2', 'n2:i3:2', 'i3:9'],
  schedule: ['c1', 'c2', 'c?'],
  recording: ['k1', 'k2', 'k?'],
  recording_job: ['j1', 'j2', 'j?'],
  health_event: ['h1', 'h2', 'h3', 'h?'],
  settings: ['settings'],
} as const

const anyOf = <T>(values: readonly T[]) => fc.constantFrom(...values)
const room = anyOf(ids.room as readonly string[] as readonly RoomId[])
const site = anyOf(ids.site)
const nodeId = anyOf(ids.node)
const scheduleId = anyOf(ids.schedule)
const recordingId = anyOf(ids.recording)
const things: readonly Kin[] = Object.entries(ids).flatMap(([type, each]) => each.map((id) => ({ type, id })))

export const aPermission = anyOf(permissions)

export const aThing = anyOf(things)

/** A collection may have a name that a deny can give. */
export type Asked = Target & { readonly collection?: string }

const collections: readonly Asked[] = [
  { type: 'recording_collection', collection: 'recording_job_collection' },
  { type: 'node_collection', collection: 'node_collection' },
]

export const aTarget: fc.Arbitrary<Asked> = fc.oneof(
  { weight: 8, arbitrary: aThing },
  { weight: 1, arbitrary: anyOf([...Object.keys(ids), 'controller'].map((type): Asked => ({ type }))) },
  { weight: 1, arbitrary: anyOf(collections) },
)

/** A thing's kin, or a collection's names. */
export const kinOrNames = fc.oneof(
  { weight: 4, arbitrary: fc.array(aThing, { minLength: 1, maxLength: 4 }).map((kin) => ({ kin, names: undefined })) },
  {
    weight: 1,
    arbitrary: anyOf([[], ...collections.map(({ type, collection }) => namesOfCollection(type, collection))]).map(
      (names) => ({ kin: undefined, names }),
    ),
  },
)

const near = things.filter(({ type }) => ['room', 'site', 'node', 'schedule', 'recording'].includes(type))

const aCollection = fc.record({
  type: anyOf(['recording_collection', 'node_collection']),
  id: anyOf(['recording_collection', 'recording_job_collection', 'node_collection', '*']),
})

export const aResource: fc.Arbitrary<Grant> = fc
  .oneof(
    { weight: 6, arbitrary: anyOf(near) },
    { weight: 3, arbitrary: aThing },
    { weight: 1, arbitrary: aThing.map(({ type }) => ({ type, id: '*' })) },
    { weight: 2, arbitrary: aCollection },
    { weight: 1, arbitrary: aThing.map(({ id }) => ({ type: '*', id })) },
    {
      weight: 1,
      arbitrary: anyOf([
        { type: '*', id: '*' },
        { type: 'n1', id: 'node' },
      ]),
    },
  )
  .map(({ type, id }) => ({ resourceType: type, resourceId: id }))

/** Some who are named like another's email, or like a group. */
const names = ['ada', 'bob', 'ada@x', 'staff', 'crew']

export const aSubject: fc.Arbitrary<Subject> = fc.record({
  id: anyOf(['ada', 'bob'] as UserId[]),
  email: anyOf(['ada@x', 'bob', 'staff']),
  roles: fc.subarray([...roles], { maxLength: 2 }),
  groupIds: fc.subarray(['staff', 'crew', 'ada'] as GroupId[]),
  grants: fc.array(aResource, { maxLength: 2 }),
})

export const aPolicy: fc.Arbitrary<AccessPolicy> = fc
  .record(
    {
      id: fc.constant('p' as PolicyId),
      effect: anyOf(['allow', 'allow', 'deny'] as const),
      subjectType: anyOf(['user', 'group', 'everyone'] as const),
      subjectId: anyOf(names),
      resource: aResource,
    },
    { requiredKeys: ['id', 'effect', 'subjectType', 'resource'] },
  )
  .map(({ resource, ...policy }) => ({ ...policy, ...resource }))

export const anEntry: fc.Arbitrary<RosterEntry> = fc.record({
  roomId: room,
  subjectType: anyOf(['user', 'group'] as const),
  subjectId: anyOf(['ada', 'ada', 'bob', 'staff', 'crew', 'ada@x']),
  capabilities: fc.subarray([...capabilities]),
})

export const theRules = {
  policies: fc.array(aPolicy, { maxLength: 4 }),
  rosters: fc.array(anEntry, { maxLength: 6 }),
}

const someChannels = fc
  .record({
    1: fc.option(fc.record({ roomId: room }, { requiredKeys: [] })),
    2: fc.option(fc.record({ roomId: room }, { requiredKeys: [] })),
  })
  .map((rooms) => ([1, 2] as const).flatMap((index) => (rooms[index] ? [{ index, ...rooms[index] }] : [])))

const aNode = (id: string, ...interfaces: readonly string[]): fc.Arbitrary<NodeFacts> =>
  fc.record(
    {
      id: fc.constant(id as NodeId),
      site,
      roomId: room,
      interfaces: fc.tuple(
        ...interfaces.map((each) => fc.record({ id: fc.constant(each as InterfaceId), channels: someChannels })),
      ),
    },
    { requiredKeys: ['id', 'interfaces'] },
  )

export const aWorld: fc.Arbitrary<World> = fc.record({
  nodes: fc.tuple(aNode('n1', 'i1', 'i2'), aNode('n2', 'i3')),
  schedules: fc.tuple(
    ...['c1', 'c2'].map((id) => fc.record({ id: fc.constant(id), roomId: room, nodeId }, { requiredKeys: ['id'] })),
  ),
  recordings: fc.tuple(
    ...['k1', 'k2'].map((id) =>
      fc.record({ id: fc.constant(id), roomId: room, scheduleId, nodeId }, { requiredKeys: ['id'] }),
    ),
  ),
  jobs: fc.tuple(
    ...['j1', 'j2'].map((id) =>
      fc.record({ id: fc.constant(id), recordingId, nodeId }, { requiredKeys: ['id', 'recordingId'] }),
    ),
  ),
  events: fc.tuple(
    ...['h1', 'h2', 'h3'].map((id) =>
      fc.record({ id: fc.constant(id), recordingId, scheduleId, nodeId }, { requiredKeys: ['id'] }),
    ),
  ),
  ...theRules,
})

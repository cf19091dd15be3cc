import type { GroupId, InterfaceId, NodeId, PolicyId, RecordingId, RoomId, ScheduleId, UserId } from '../ids.ts'
import type { Capability, RosterEntry } from './capability.ts'
import type { Role } from './permission.ts'
import type { AccessPolicy, Grant } from './rule.ts'
import type { Rules } from './scope.ts'
import type { Subject } from './subject.ts'

/*
 * One recorder that two rooms share, what it captured in each, and Ada, who asks. It holds no test.
 */

export const hall = 'hall' as RoomId
export const studio = 'studio' as RoomId
export const left = { index: 1, roomId: hall }
export const right = { index: 2, roomId: studio }
export const desk = { id: 'desk' as InterfaceId, channels: [left, right] }
export const shared = { id: 'n1' as NodeId, site: 'north', interfaces: [desk] }
export const lesson = { id: 'c1' as ScheduleId, roomId: hall, node: shared }
export const hallTake = { id: 'r1' as RecordingId, roomId: hall, schedule: lesson, node: shared }
export const studioTake = { id: 'r2' as RecordingId, roomId: studio, node: shared }

export const aSubject = (role: Role | undefined, ...grants: readonly Grant[]): Subject => ({
  id: 'ada' as UserId,
  email: 'ada@north.example',
  roles: role ? [role] : [],
  groupIds: ['staff' as GroupId],
  grants,
})

export const on = (resourceType: string, resourceId: string): Grant => ({ resourceType, resourceId })

export const aPolicy = (
  effect: AccessPolicy['effect'],
  resource: Grant,
  whom: Partial<AccessPolicy> = {},
): AccessPolicy => ({
  id: 'p1' as PolicyId,
  effect,
  subjectType: 'everyone',
  ...resource,
  ...whom,
})

export const aSeat = (roomId: RoomId, ...capabilities: readonly Capability[]): RosterEntry => ({
  roomId,
  subjectType: 'user',
  subjectId: 'ada',
  capabilities,
})

export const laidDown = (...rules: readonly (AccessPolicy | RosterEntry)[]): Rules => ({
  policies: rules.filter((rule) => 'effect' in rule),
  rosters: rules.filter((rule) => 'capabilities' in rule),
})

export const none = laidDown()

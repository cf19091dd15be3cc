import type { Capability } from './capability.ts'
import type { Permission, Role } from './permission.ts'
import type { AccessPolicy, Grant } from './rule.ts'
import type { Subject } from './subject.ts'
import type { Asked, World } from './worlds.test.ts'

/*
 * The contract read slowly and obviously, for the real thing to be measured against. It borrows types and nothing else.
 * It holds no test; it is named like one because it is no part of core.
 */

/** o a p v u, as the contract's table writes it. */
const matrix: Record<Permission, string> = {
  'audit:read': 'oau',
  'auth:manage': 'oa',
  'health:acknowledge': 'oap',
  'health:read': 'oapvu',
  'listen:monitor': 'oap',
  'metrics:read': 'oapvu',
  'node:control': 'oap',
  'node:manage': 'oa',
  'node:read': 'oapv',
  'recording:control': 'oap',
  'recording:create': 'oap',
  'recording:delete': 'oa',
  'recording:download': 'oapv',
  'recording:edit': 'oap',
  'recording:playback': 'oapv',
  'recording:read': 'oapvu',
  'schedule:manage': 'oap',
  'schedule:read': 'oapv',
  'settings:manage': 'oa',
  'settings:read': 'oapv',
  'switcher:manage': 'oa',
  'switcher:map': 'oap',
  'switcher:read': 'oapv',
  'system:admin': 'o',
}
const letters: Record<Role, string> = { owner: 'o', admin: 'a', operator: 'p', viewer: 'v', auditor: 'u' }

const unlockedBy: Partial<Record<Permission, Capability>> = {
  'node:read': 'view',
  'recording:read': 'view',
  'recording:playback': 'view',
  'schedule:read': 'view',
  'health:read': 'view',
  'listen:monitor': 'listen',
  'recording:download': 'download',
  'recording:create': 'operate',
  'recording:control': 'operate',
  'schedule:manage': 'book',
  'recording:edit': 'edit',
  'recording:delete': 'delete',
}

/** "type:id" of all the target stands for, itself included. */
export function expand(world: World, type: string, id: string): Set<string> {
  const all = new Set([`${type}:${id}`])
  const add = (kind: string, other: string | undefined) => other !== undefined && all.add(`${kind}:${other}`)
  const addAll = (kind: string, other: string | undefined) => {
    if (other !== undefined) for (const each of expand(world, kind, other)) all.add(each)
  }
  const addPlace = (nodeId: string | undefined) => {
    add('node', nodeId)
    add('site', world.nodes.find((each) => each.id === nodeId)?.site)
  }

  if (type === 'node') {
    const node = world.nodes.find((each) => each.id === id)
    const channels = node?.interfaces.flatMap((each) => each.channels) ?? []
    addPlace(id)
    for (const channel of channels) add('room', channel.roomId ?? node?.roomId)
    if (channels.length === 0) add('room', node?.roomId)
  }
  if (type === 'interface') {
    const node = world.nodes.find((each) => each.interfaces.some((one) => one.id === id))
    const channels = node?.interfaces.find((each) => each.id === id)?.channels ?? []
    addPlace(node?.id)
    for (const channel of channels) add('room', channel.roomId ?? node?.roomId)
    if (channels.length === 0) add('room', node?.roomId)
  }
  if (type === 'channel') {
    for (const node of world.nodes) {
      for (const one of node.interfaces) {
        for (const channel of one.channels) {
          const canonical = `${one.id}:${channel.index}`
          if (id !== canonical && id !== `${node.id}:${canonical}`) continue
          add('channel', canonical)
          add('interface', one.id)
          addPlace(node.id)
          add('room', channel.roomId ?? node.roomId)
        }
      }
    }
  }
  if (type === 'schedule') {
    const schedule = world.schedules.find((each) => each.id === id)
    add('room', schedule?.roomId)
    addPlace(schedule?.nodeId)
  }
  if (type === 'recording') {
    const recording = world.recordings.find((each) => each.id === id)
    add('room', recording?.roomId)
    addAll('schedule', recording?.scheduleId)
    addPlace(recording?.nodeId)
  }
  if (type === 'recording_job') {
    const job = world.jobs.find((each) => each.id === id)
    addAll('recording', job?.recordingId)
    addPlace(job?.nodeId)
  }
  if (type === 'health_event') {
    const event = world.events.find((each) => each.id === id)
    if (event?.recordingId !== undefined) addAll('recording', event.recordingId)
    else if (event?.nodeId !== undefined && event.scheduleId === undefined) addAll('node', event.nodeId)
    addAll('schedule', event?.scheduleId)
  }
  return all
}

const has = (user: Subject, permission: Permission) =>
  user.roles.some((role) => matrix[permission].includes(letters[role]))

const means = (user: Subject, { subjectType, subjectId }: Pick<AccessPolicy, 'subjectType' | 'subjectId'>) =>
  subjectType === 'everyone' ||
  (subjectType === 'user' && [String(user.id), user.email].includes(subjectId ?? 'nobody at all')) ||
  (subjectType === 'group' && user.groupIds.map(String).includes(subjectId ?? 'nobody at all'))

const matches = ({ resourceType, resourceId }: Grant, T: ReadonlySet<string>) =>
  [...T].some((each) => {
    const at = each.indexOf(':')
    return ['*', each.slice(0, at)].includes(resourceType) && ['*', each.slice(at + 1)].includes(resourceId)
  })

/** A collection needs no grant, as 6.4 asks to do better; a deny that gives its name, or that of the whole, still holds. */
function scopeOfCollection(world: World, user: Subject, { type, collection }: Asked) {
  const names = new Set(collection === undefined ? [] : [`${type}:${collection}`, `${type}:${type}`])
  const denies = world.policies.filter(({ effect }) => effect === 'deny')
  return denies.some((policy) => means(user, policy) && matches(policy, names)) ? 'access_policy_denied' : 'ok'
}

function scopeOf(world: World, user: Subject, target: Asked) {
  if (target.id === undefined) return scopeOfCollection(world, user, target)
  const T = expand(world, target.type, target.id)
  const met = world.policies.filter((policy) => means(user, policy) && matches(policy, T))
  if (met.some((policy) => policy.effect === 'deny')) return 'access_policy_denied'
  if (user.roles.includes('owner') || user.roles.includes('admin')) return 'ok'
  if (met.some((policy) => policy.effect === 'allow')) return 'ok'
  if (user.grants.some((grant) => matches(grant, T))) return 'ok'
  return 'missing_resource_scope'
}

/** By 6.5; and of a collection, what recordings.md section 0 asks to do better: any room of the right kind comes in. */
function roomCovers(world: World, user: Subject, permission: Permission, target: Asked) {
  return world.rosters.some(
    ({ roomId, subjectType, subjectId, capabilities }) =>
      capabilities.some((each) => each === unlockedBy[permission]) &&
      (subjectType === 'user' ? String(user.id) === subjectId : user.groupIds.map(String).includes(subjectId)) &&
      (target.id === undefined || expand(world, target.type, target.id).has(`room:${roomId}`)),
  )
}

/** The pseudo-code of the contract's section 6.2, line by line. */
export function reference(world: World, user: Subject | undefined, permission: Permission, target: Asked) {
  if (!user) return 'unauthenticated'
  const scope = scopeOf(world, user, target)
  if (has(user, permission) && scope === 'ok') return 'allowed'
  if (scope !== 'access_policy_denied' && roomCovers(world, user, permission, target)) return 'allowed by a room'
  if (!has(user, permission)) return 'missing_permission'
  return scope
}

import { describe, expect, test } from 'bun:test'
import type { HealthEventId, JobId, RoomId } from '../ids.ts'
import { type Capability, type RosterEntry, roomsOnRoster } from './capability.ts'
import { decide } from './decide.ts'
import {
  aPolicy,
  aSeat,
  aSubject,
  desk,
  hall,
  hallTake,
  laidDown,
  left,
  lesson,
  none,
  on,
  shared,
  studio,
  studioTake,
} from './examples.test.ts'
import {
  kinOfChannel,
  kinOfHealthEvent,
  kinOfInterface,
  kinOfJob,
  kinOfNode,
  kinOfRecording,
  kinOfSchedule,
} from './kin.ts'
import { type Permission, permissions } from './permission.ts'
import { covers, isDenied, nothing, scopeFor } from './scope.ts'
import type { Subject } from './subject.ts'
import type { Kin } from './target.ts'

const node = kinOfNode(shared)
const recording = kinOfRecording(hallTake)
const schedule = kinOfSchedule(lesson)
const event = 'h1' as HealthEventId

/** The answer in a word. */
function answer(subject: Subject | undefined, permission: Permission, kin: readonly Kin[] | undefined, rules = none) {
  const { allowed, reason } = decide(subject, permission, kin, rules)
  return allowed ? 'allowed' : reason
}

describe('roles', () => {
  test('nobody is unauthenticated, and has no scope', () => {
    expect(decide(undefined, 'node:read', undefined, none)).toEqual({
      allowed: false,
      reason: 'unauthenticated',
      scope: nothing,
    })
  })

  test('a policy or grant never adds a permission', () => {
    const viewer = aSubject('viewer', on('*', '*'))
    expect(answer(viewer, 'node:control', node, laidDown(aPolicy('allow', on('*', '*'))))).toBe('missing_permission')
  })

  test('a user with a role but nothing else sees no rows and opens no id', () => {
    const viewer = aSubject('viewer')
    expect(answer(viewer, 'recording:read', undefined)).toBe('allowed')
    expect(answer(viewer, 'recording:read', recording)).toBe('missing_resource_scope')
    expect(covers(scopeFor(viewer, 'recording:read', none), recording)).toBe(false)
  })

  test('owner and admin need no grant', () => {
    for (const role of ['owner', 'admin'] as const)
      expect(answer(aSubject(role), 'recording:delete', recording)).toBe('allowed')
  })

  test('an admin still lacks what only an owner holds', () => {
    expect(answer(aSubject('admin'), 'system:admin', undefined)).toBe('missing_permission')
    expect(covers(scopeFor(aSubject('admin'), 'system:admin', none), node)).toBe(false)
  })

  test('one of several roles is enough', () => {
    const both = { ...aSubject('auditor', on('node', 'n1')), roles: ['auditor', 'operator'] as const }
    expect(answer(both, 'node:control', node)).toBe('allowed')
  })
})

describe('a grant', () => {
  test.each([
    ['node', 'n1'],
    ['site', 'north'],
    ['schedule', 'c1'],
    ['room', 'hall'],
  ])('on a %s opens the recordings under it', (type, id) => {
    expect(answer(aSubject('viewer', on(type, id)), 'recording:read', recording)).toBe('allowed')
  })

  test('on a recording opens nothing above it', () => {
    const viewer = aSubject('viewer', on('recording', 'r1'))
    expect(answer(viewer, 'recording:read', recording)).toBe('allowed')
    expect(answer(viewer, 'schedule:read', schedule)).toBe('missing_resource_scope')
    expect(answer(viewer, 'node:read', node)).toBe('missing_resource_scope')
  })

  test('on a schedule opens its recordings and nothing above it', () => {
    const viewer = aSubject('viewer', on('schedule', 'c1'))
    expect(answer(viewer, 'schedule:read', schedule)).toBe('allowed')
    expect(answer(viewer, 'node:read', node)).toBe('missing_resource_scope')
  })

  test('on a room opens its node, but never the recordings of the other rooms', () => {
    const viewer = aSubject('viewer', on('room', 'hall'))
    expect(answer(viewer, 'node:read', node)).toBe('allowed')
    expect(answer(viewer, 'recording:read', kinOfRecording(studioTake))).toBe('missing_resource_scope')
  })

  test('may leave the kind or the thing open', () => {
    for (const grant of [on('recording', '*'), on('*', 'hall'), on('*', '*'), on('room', '*')]) {
      expect(answer(aSubject('viewer', grant), 'recording:read', recording)).toBe('allowed')
    }
    for (const grant of [on('interface', '*'), on('*', 'r2'), on('hall', 'room')]) {
      expect(answer(aSubject('viewer', grant), 'recording:read', recording)).toBe('missing_resource_scope')
    }
  })

  test('a collection that has an id needs a grant on it', () => {
    const kin = [{ type: 'recording_collection', id: 'recording_collection' }]
    expect(answer(aSubject('operator', on('node', 'n1')), 'recording:edit', kin)).toBe('missing_resource_scope')
    expect(answer(aSubject('operator', on('recording_collection', '*')), 'recording:edit', kin)).toBe('allowed')
  })
})

describe('a policy', () => {
  test.each([
    ['everyone', {}],
    ['the user by id', { subjectType: 'user', subjectId: 'ada' }],
    ['the user by email', { subjectType: 'user', subjectId: 'ada@north.example' }],
    ['a group of the user', { subjectType: 'group', subjectId: 'staff' }],
  ] as const)('for %s is met', (_, whom) => {
    const rules = laidDown(aPolicy('allow', on('node', 'n1'), whom))
    expect(answer(aSubject('viewer'), 'node:read', node, rules)).toBe('allowed')
  })

  test.each([
    ['another user', { subjectType: 'user', subjectId: 'bob' }],
    ['an email in other letters', { subjectType: 'user', subjectId: 'Ada@north.example' }],
    ['a user named like the group', { subjectType: 'user', subjectId: 'staff' }],
    ['a group named like the user', { subjectType: 'group', subjectId: 'ada' }],
    ['a user it does not name', { subjectType: 'user' }],
    ['a group it does not name', { subjectType: 'group' }],
  ] as const)('for %s is not', (_, whom) => {
    const rules = laidDown(aPolicy('allow', on('node', 'n1'), whom), aPolicy('deny', on('*', '*'), whom))
    expect(answer(aSubject('viewer'), 'node:read', node, rules)).toBe('missing_resource_scope')
    expect(answer(aSubject('owner'), 'node:read', node, rules)).toBe('allowed')
  })

  test('of denial binds the owner too', () => {
    const rules = laidDown(aPolicy('deny', on('site', 'north')), aPolicy('allow', on('node', 'n1')))
    for (const role of ['owner', 'admin', 'operator'] as const) {
      expect(answer(aSubject(role, on('*', '*')), 'node:read', node, rules)).toBe('access_policy_denied')
    }
  })

  test('of denial leaves a collection open, and hides its rows', () => {
    const rules = laidDown(aPolicy('deny', on('*', '*')))
    const { allowed, scope } = decide(aSubject('owner'), 'recording:read', undefined, rules)
    expect(allowed).toBe(true)
    expect(covers(scope, recording)).toBe(false)
  })

  test('of denial on a collection itself can still be asked for', () => {
    const rules = laidDown(aPolicy('deny', on('recording_collection', 'recording_collection')))
    const { scope } = decide(aSubject('owner'), 'recording:read', undefined, rules)
    expect(isDenied(scope, [{ type: 'recording_collection', id: 'recording_collection' }])).toBe(true)
    expect(covers(scope, recording)).toBe(true)
  })

  test('the missing permission is named before the denial', () => {
    const rules = laidDown(aPolicy('deny', on('*', '*')))
    expect(answer(aSubject('auditor'), 'node:control', node, rules)).toBe('missing_permission')
  })

  test('of denial on a node hides its recordings, jobs, schedules, channels and health events', () => {
    const rules = laidDown(aPolicy('deny', on('node', 'n1')))
    const under = [
      node,
      recording,
      schedule,
      kinOfInterface(shared, desk),
      kinOfChannel(shared, desk, left),
      kinOfJob({ id: 'j1' as JobId, recording: hallTake, node: shared }),
      kinOfHealthEvent({ id: event, node: shared }),
      kinOfHealthEvent({ id: event, recording: hallTake }),
      kinOfHealthEvent({ id: event, schedule: lesson }),
    ]
    for (const kin of under) expect(answer(aSubject('owner'), 'health:read', kin, rules)).toBe('access_policy_denied')
  })
})

describe('a room on the roster', () => {
  const unlocked: Record<Capability, readonly Permission[]> = {
    view: ['node:read', 'recording:read', 'recording:playback', 'schedule:read', 'health:read'],
    listen: ['listen:monitor'],
    download: ['recording:download'],
    operate: ['recording:create', 'recording:control'],
    book: ['schedule:manage'],
    edit: ['recording:edit'],
    delete: ['recording:delete'],
  }

  test.each(Object.entries(unlocked))(
    '%s opens its own permissions and no other, without a role',
    (capability, open) => {
      const rules = laidDown(aSeat(hall, capability as Capability))
      for (const permission of permissions) {
        const expected = open.includes(permission) ? 'allowed' : 'missing_permission'
        expect(answer(aSubject(undefined), permission, recording, rules)).toBe(expected)
        expect(answer(aSubject(undefined), permission, undefined, rules)).toBe(expected)
      }
    },
  )

  test('says which room and capability it was', () => {
    const { viaCapability } = decide(aSubject(undefined), 'recording:read', recording, laidDown(aSeat(hall, 'view')))
    expect(viaCapability).toEqual({ roomId: hall, capability: 'view' })
  })

  test('is not named when role and grant suffice', () => {
    const viewer = aSubject('viewer', on('node', 'n1'))
    expect(decide(viewer, 'recording:read', recording, laidDown(aSeat(hall, 'view'))).viaCapability).toBeUndefined()
    expect(decide(viewer, 'recording:read', undefined, laidDown(aSeat(hall, 'view'))).viaCapability).toBeUndefined()
  })

  test('stands in for the scope that a role lacks', () => {
    const { allowed, viaCapability } = decide(aSubject('viewer'), 'node:read', node, laidDown(aSeat(studio, 'view')))
    expect(allowed).toBe(true)
    expect(viaCapability?.roomId).toBe(studio)
  })

  test('lends no weight to grants and policies of a user without the role', () => {
    const rules = laidDown(aSeat(hall, 'view'), aPolicy('allow', on('*', '*')))
    expect(answer(aSubject(undefined, on('*', '*')), 'recording:read', recording, rules)).toBe('allowed')
    expect(answer(aSubject(undefined, on('*', '*')), 'recording:read', kinOfRecording(studioTake), rules)).toBe(
      'missing_permission',
    )
  })

  test('adds up over direct and group entries', () => {
    const group: RosterEntry = { roomId: hall, subjectType: 'group', subjectId: 'staff', capabilities: ['edit'] }
    const rules = laidDown(aSeat(hall, 'view'), group)
    expect(answer(aSubject(undefined), 'recording:read', recording, rules)).toBe('allowed')
    expect(answer(aSubject(undefined), 'recording:edit', recording, rules)).toBe('allowed')
  })

  test('knows users by id, never by email', () => {
    const rules = laidDown({ ...aSeat(hall, 'view'), subjectId: 'ada@north.example' })
    expect(answer(aSubject('viewer'), 'recording:read', recording, rules)).toBe('missing_resource_scope')
  })

  test('never beats a deny', () => {
    const rules = laidDown(aSeat(hall, 'view'), aPolicy('deny', on('node', 'n1')))
    expect(answer(aSubject('viewer'), 'recording:read', recording, rules)).toBe('access_policy_denied')
    expect(answer(aSubject(undefined), 'recording:read', recording, rules)).toBe('missing_permission')
  })

  test('called * opens itself and not every room', () => {
    const rules = laidDown(aSeat('*' as RoomId, 'view'))
    expect(answer(aSubject('viewer'), 'recording:read', recording, rules)).toBe('missing_resource_scope')
  })

  test('with any capability is a room the subject has to do with; with none it is not', () => {
    expect(roomsOnRoster(aSubject('viewer'), [aSeat(hall, 'listen'), aSeat(studio)])).toEqual([hall])
  })
})

import { describe, expect, test } from 'bun:test'
import type { HealthEventId } from '../ids.ts'
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
  right,
  shared,
  studioTake,
} from './examples.test.ts'
import { kinOfChannel, kinOfHealthEvent, kinOfNode, kinOfPlace, kinOfRecording } from './kin.ts'
import { covers, everything, nothing, scopeFor, seesHealthEvent } from './scope.ts'

const node = kinOfNode(shared)
const recording = kinOfRecording(hallTake)
const event = 'h1' as HealthEventId

describe('a shared node', () => {
  const rules = laidDown(aSeat(hall, 'view', 'listen'))

  test("never leaks one room's recordings to another room's people", () => {
    const viewer = aSubject('viewer')
    expect(covers(scopeFor(viewer, 'recording:read', rules), recording)).toBe(true)
    expect(covers(scopeFor(viewer, 'recording:read', rules), kinOfRecording(studioTake))).toBe(false)
  })

  test("never leaks one room's health events, unless they are about the node", () => {
    const { scope } = decide(aSubject('viewer'), 'health:read', undefined, rules)
    expect(seesHealthEvent(scope, { id: event, recording: hallTake, node: shared })).toBe(true)
    expect(seesHealthEvent(scope, { id: event, recording: studioTake, node: shared })).toBe(false)
    expect(seesHealthEvent(scope, { id: event, node: shared })).toBe(true)
  })

  test('gives each room its own channels, and the whole node to none', () => {
    const scope = scopeFor(aSubject('operator'), 'listen:monitor', rules)
    expect(covers(scope, node)).toBe(true)
    expect(covers(scope, kinOfChannel(shared, desk, left))).toBe(true)
    expect(covers(scope, kinOfChannel(shared, desk, right))).toBe(false)
    expect(covers(scope, kinOfPlace(shared))).toBe(false)
  })
})

describe('a health event', () => {
  test('is not shown for a grant on the event alone, though the gate lets it through', () => {
    const { allowed, scope } = decide(
      aSubject('viewer', on('health_event', 'h1')),
      'health:read',
      kinOfHealthEvent({ id: event, node: shared }),
      none,
    )
    expect(allowed).toBe(true)
    expect(seesHealthEvent(scope, { id: event, node: shared })).toBe(false)
    expect(seesHealthEvent(scope, { id: event })).toBe(true)
  })

  test.each([on('recording', 'r1'), on('schedule', 'c1'), on('node', 'n1')])('is hidden by a deny on %p', (denied) => {
    const scope = scopeFor(aSubject('owner'), 'health:read', laidDown(aPolicy('deny', denied)))
    expect(seesHealthEvent(scope, { id: event, recording: hallTake, schedule: lesson, node: shared })).toBe(false)
  })
})

describe('a scope', () => {
  test('of everything covers everything, of nothing nothing', () => {
    expect(covers(everything, node)).toBe(true)
    expect(covers(nothing, node)).toBe(false)
  })

  test('is plain data, which a store can put into a query', () => {
    const viewer = aSubject('viewer', on('site', 'north'))
    const rules = laidDown(
      aPolicy('allow', on('node', '*')),
      aPolicy('deny', on('room', 'studio')),
      aSeat(hall, 'view'),
    )
    expect(scopeFor(viewer, 'recording:read', rules)).toEqual({
      all: false,
      allowed: [
        { type: 'site', id: 'north' },
        { type: 'node', id: '*' },
      ],
      denied: [{ type: 'room', id: 'studio' }],
      rooms: [hall],
    })
  })

  test('of an owner is everything but what is denied', () => {
    const rules = laidDown(
      aPolicy('allow', on('node', '*')),
      aPolicy('deny', on('room', 'studio')),
      aSeat(hall, 'view'),
    )
    expect(scopeFor(aSubject('owner', on('site', 'north')), 'recording:read', rules)).toEqual({
      ...everything,
      denied: [{ type: 'room', id: 'studio' }],
    })
  })

  test('of a user without the role is the rooms that unlock the permission, and no grant or policy', () => {
    const rules = laidDown(aPolicy('allow', on('*', '*')), aSeat(hall, 'edit'))
    expect(scopeFor(aSubject('viewer', on('*', '*')), 'recording:edit', rules)).toEqual({ ...nothing, rooms: [hall] })
  })
})

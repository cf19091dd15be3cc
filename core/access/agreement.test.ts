import { expect, setDefaultTimeout, test } from 'bun:test'
import fc from 'fast-check'
import type { HealthEventId, JobId, NodeId, RecordingId, RoomId, ScheduleId } from '../ids.ts'
import { decide } from './decide.ts'
import {
  type HealthEventFacts,
  kinOfChannel,
  kinOfHealthEvent,
  kinOfInterface,
  kinOfJob,
  kinOfNode,
  kinOfRecording,
  kinOfSchedule,
  type NodeFacts,
  type RecordingFacts,
  type ScheduleFacts,
} from './kin.ts'
import { expand, reference } from './reference.test.ts'
import { scopeFor, seesHealthEvent } from './scope.ts'
import { type Kin, kinOfTarget, namesOfCollection, type Target } from './target.ts'
import { aPermission, aSubject, aTarget, aThing, aWorld, type World } from './worlds.test.ts'

const RUNS = 100_000
setDefaultTimeout(120_000)

test('every decision is the one that the contract spells out', () => {
  const seen = new Map<string, number>()
  fc.assert(
    fc.property(
      aWorld,
      fc.option(aSubject, { nil: undefined, freq: 50 }),
      aPermission,
      aTarget,
      (world, subject, permission, target) => {
        const names = namesOfCollection(target.type, target.collection)
        const { allowed, reason, viaCapability } = decide(subject, permission, kinIn(world, target), world, names)
        const answer = allowed ? (viaCapability ? 'allowed by a room' : 'allowed') : reason
        expect(answer).toBe(reference(world, subject, permission, target))
        const key = target.collection === undefined ? String(answer) : `${answer} of a collection`
        seen.set(key, (seen.get(key) ?? 0) + 1)
      },
    ),
    { numRuns: RUNS },
  )
  // Agreement about worlds in which nothing ever meets would be worth little.
  for (const answer of [
    'allowed',
    'allowed by a room',
    'missing_permission',
    'missing_resource_scope',
    'access_policy_denied',
  ]) {
    expect(seen.get(answer) ?? 0, answer).toBeGreaterThan(RUNS / 60)
  }
  expect(seen.get('access_policy_denied of a collection')).toBeGreaterThan(RUNS / 2000)
})

test('everything stands for exactly what the contract lists, itself first and nothing twice', () => {
  fc.assert(
    fc.property(aWorld, aThing, (world, thing) => {
      const names = (kinIn(world, thing) ?? []).map(({ type, id }) => `${type}:${id}`)
      expect(names[0]).toBe(`${thing.type}:${thing.id}`)
      expect([...names].sort()).toEqual([...expand(world, thing.type, thing.id)].sort())
    }),
    { numRuns: RUNS },
  )
})

test('a health event is seen when it is in scope and so is something it tells about', () => {
  fc.assert(
    fc.property(aWorld, aSubject, fc.nat(2), (world, subject, at) => {
      const event = world.events[at]
      if (!event) return
      const open = (type: string, id: string | undefined) =>
        reference(world, subject, 'health:read', { type, id: id ?? 'none' }).startsWith('allowed')
      const named = [
        ['recording', event.recordingId],
        ['schedule', event.scheduleId],
        ['node', event.nodeId],
      ] as const
      const told = named.filter(([, id]) => id !== undefined)
      const expected =
        open('health_event', event.id) && (told.length === 0 || told.some(([type, id]) => open(type, id)))
      expect(seesHealthEvent(scopeFor(subject, 'health:read', world), eventIn(world, event))).toBe(expected)
    }),
    { numRuns: RUNS },
  )
})

/** The same world, handed over as the facts that the real expansion asks for. */
function kinIn(world: World, target: Target): readonly Kin[] | undefined {
  const { id } = target
  const node = world.nodes.find((each) => each.id === id)
  const job = world.jobs.find((each) => each.id === id)
  const event = world.events.find((each) => each.id === id)
  if (target.type === 'node' && node) return kinOfNode(node)
  if (target.type === 'schedule' && id) return kinOfSchedule(scheduleIn(world, id))
  if (target.type === 'recording' && id) return kinOfRecording(recordingIn(world, id))
  if (target.type === 'recording_job' && job) {
    const recording = recordingIn(world, job.recordingId)
    return kinOfJob({ id: job.id as JobId, recording, ...(job.nodeId && { node: nodeIn(world, job.nodeId) }) })
  }
  if (target.type === 'health_event' && event) return kinOfHealthEvent(eventIn(world, event))
  for (const each of world.nodes) {
    for (const one of each.interfaces) {
      if (target.type === 'interface' && one.id === id) return kinOfInterface(each, one)
      const channel = one.channels.find(({ index }) =>
        [`${one.id}:${index}`, `${each.id}:${one.id}:${index}`].includes(id ?? ''),
      )
      if (target.type === 'channel' && channel) return kinOfChannel(each, one, channel, id)
    }
  }
  return kinOfTarget(target)
}

const eventIn = (world: World, { id, recordingId, scheduleId, nodeId }: World['events'][number]): HealthEventFacts => ({
  id: id as HealthEventId,
  ...(recordingId && { recording: recordingIn(world, recordingId) }),
  ...(scheduleId && { schedule: scheduleIn(world, scheduleId) }),
  ...(nodeId && { node: nodeIn(world, nodeId) }),
})

const nodeIn = (world: World, id: string): NodeFacts =>
  world.nodes.find((each) => each.id === id) ?? { id: id as NodeId, interfaces: [] }

function scheduleIn(world: World, id: string): ScheduleFacts {
  const found = world.schedules.find((each) => each.id === id)
  return {
    id: id as ScheduleId,
    ...(found?.roomId && { roomId: found.roomId as RoomId }),
    ...(found?.nodeId && { node: nodeIn(world, found.nodeId) }),
  }
}

function recordingIn(world: World, id: string): RecordingFacts {
  const found = world.recordings.find((each) => each.id === id)
  return {
    id: id as RecordingId,
    ...(found?.roomId && { roomId: found.roomId as RoomId }),
    ...(found?.scheduleId && { schedule: scheduleIn(world, found.scheduleId) }),
    ...(found?.nodeId && { node: nodeIn(world, found.nodeId) }),
  }
}

import { describe, expect, test } from 'bun:test'
import type { HealthEventId, InterfaceId, JobId, NodeId, RecordingId, RoomId, ScheduleId } from '../ids.ts'
import {
  kinOfChannel,
  kinOfHealthEvent,
  kinOfInterface,
  kinOfJob,
  kinOfNode,
  kinOfRecording,
  kinOfSchedule,
  roomsOfNode,
} from './kin.ts'
import { type Kin, kinOfTarget } from './target.ts'

const hall = 'hall' as RoomId
const studio = 'studio' as RoomId
const attic = 'attic' as RoomId

const left = { index: 1, roomId: hall }
const right = { index: 2, roomId: studio }
const spare = { index: 3 }
const desk = { id: 'desk' as InterfaceId, channels: [left, right] }
const rack = { id: 'rack' as InterfaceId, channels: [spare] }
const empty = { id: 'empty' as InterfaceId, channels: [] }
const shared = { id: 'n1' as NodeId, site: 'north', roomId: attic, interfaces: [desk, rack, empty] }
const lesson = { id: 'c1' as ScheduleId, roomId: studio, node: shared }
const take = { id: 'r1' as RecordingId, roomId: hall, node: shared }

const names = (kin: readonly Kin[]) => kin.map(({ type, id }) => `${type}:${id}`)

describe('a node', () => {
  test('stands for itself, its site and every room of its channels, on all its interfaces', () => {
    expect(names(kinOfNode(shared))).toEqual(['node:n1', 'site:north', 'room:hall', 'room:studio', 'room:attic'])
  })

  test('does not count its default room once every channel has a room of its own', () => {
    expect(roomsOfNode({ ...shared, interfaces: [desk] })).toEqual([hall, studio])
  })

  test('without any channel stands for its default room', () => {
    expect(names(kinOfNode({ ...shared, interfaces: [empty] }))).toEqual(['node:n1', 'site:north', 'room:attic'])
  })

  test('names a room once, however many channels it has there', () => {
    expect(roomsOfNode({ ...shared, interfaces: [{ ...desk, channels: [left, { index: 4, roomId: hall }] }] })).toEqual(
      [hall],
    )
  })

  test('without site, room and channel stands for itself alone', () => {
    expect(names(kinOfNode({ id: 'n2' as NodeId, interfaces: [] }))).toEqual(['node:n2'])
    expect(names(kinOfNode({ id: 'n2' as NodeId, site: '', interfaces: [rack] }))).toEqual(['node:n2'])
  })
})

describe('an interface', () => {
  test('stands for the rooms of its own channels, not for those of its neighbours', () => {
    expect(names(kinOfInterface(shared, desk))).toEqual([
      'interface:desk',
      'node:n1',
      'site:north',
      'room:hall',
      'room:studio',
    ])
    expect(names(kinOfInterface(shared, rack))).toEqual(['interface:rack', 'node:n1', 'site:north', 'room:attic'])
  })

  test('without channels stands for the default room of its node', () => {
    expect(names(kinOfInterface(shared, empty))).toContain('room:attic')
  })
})

describe('a channel', () => {
  test('stands for its own room only', () => {
    expect(names(kinOfChannel(shared, desk, right))).toEqual([
      'channel:desk:2',
      'interface:desk',
      'node:n1',
      'site:north',
      'room:studio',
    ])
  })

  test('without a room of its own is in the default room of its node', () => {
    expect(names(kinOfChannel(shared, rack, spare))).toContain('room:attic')
  })

  test('asked for by its longer name also answers to the shorter', () => {
    expect(names(kinOfChannel(shared, desk, left, 'n1:desk:1')).slice(0, 2)).toEqual([
      'channel:n1:desk:1',
      'channel:desk:1',
    ])
  })
})

describe('what is captured', () => {
  test('a schedule stands for its own room and for its node, not for the other rooms of that node', () => {
    expect(names(kinOfSchedule(lesson))).toEqual(['schedule:c1', 'room:studio', 'node:n1', 'site:north'])
  })

  test('a recording stands for its own room, its schedule and whatever that stands for, and its node', () => {
    const moved = { ...take, schedule: { ...lesson, node: { id: 'n2' as NodeId, site: 'south' } } }

    expect(names(kinOfRecording(moved))).toEqual([
      'recording:r1',
      'room:hall',
      'schedule:c1',
      'room:studio',
      'node:n2',
      'site:south',
      'node:n1',
      'site:north',
    ])
  })

  test('a recording does not stand for the other rooms of its node', () => {
    expect(names(kinOfRecording(take))).toEqual(['recording:r1', 'room:hall', 'node:n1', 'site:north'])
  })

  test('a job stands for its recording, and for the node that carries it out', () => {
    expect(
      names(kinOfJob({ id: 'j1' as JobId, recording: { id: take.id, roomId: hall }, node: { id: 'n2' as NodeId } })),
    ).toEqual(['recording_job:j1', 'recording:r1', 'room:hall', 'node:n2'])
  })
})

describe('a health event', () => {
  const id = 'h1' as HealthEventId

  test('about a recording stays within the room of that recording', () => {
    expect(names(kinOfHealthEvent({ id, recording: take, node: shared }))).toEqual([
      'health_event:h1',
      ...names(kinOfRecording(take)),
    ])
  })

  test('about a schedule stays within the room of that schedule', () => {
    expect(names(kinOfHealthEvent({ id, schedule: lesson, node: shared }))).toEqual([
      'health_event:h1',
      ...names(kinOfSchedule(lesson)),
    ])
  })

  test('about a recording and a schedule stands for both', () => {
    const kin = names(kinOfHealthEvent({ id, recording: take, schedule: lesson }))
    expect(kin).toEqual([
      'health_event:h1',
      'recording:r1',
      'room:hall',
      'node:n1',
      'site:north',
      'schedule:c1',
      'room:studio',
    ])
  })

  test('about a node alone concerns every room of the node', () => {
    expect(names(kinOfHealthEvent({ id, node: shared }))).toEqual(['health_event:h1', ...names(kinOfNode(shared))])
  })

  test('about nothing stands for itself', () => {
    expect(names(kinOfHealthEvent({ id }))).toEqual(['health_event:h1'])
  })
})

describe('anything else', () => {
  test('stands for itself only; a room does not stand for its site', () => {
    expect(kinOfTarget({ type: 'room', id: hall, name: 'Hall' })).toEqual([{ type: 'room', id: hall }])
  })

  test('without an id is a collection and stands for no thing', () => {
    expect(kinOfTarget({ type: 'controller' })).toBeUndefined()
  })
})

import { describe, expect, test } from 'bun:test'
import { aJob, aNode, aRecording, T0 } from '../../adapters/storage/conformance/builders.ts'
import type { InterfaceId, RecordingId, RoomId } from '../ids.ts'
import type { Interface, Node } from '../nodes/node.ts'
import { builtInProfiles } from '../settings/profile.ts'
import { type CaptureRequest, commandFor, planCapture } from './capture.ts'
import { admit } from './conflict.ts'

const desk = (more: Partial<Interface> = {}): Interface => ({
  id: 'desk' as InterfaceId,
  alias: 'Desk',
  systemName: 'USB Desk',
  systemRef: 'alsa:hw:1,0',
  backend: 'alsa',
  channelCount: 2,
  channels: [
    { index: 1, alias: 'Lectern' },
    { index: 2, alias: 'Floor' },
  ],
  sampleRates: [48000],
  ...more,
})
const node = (interfaces: readonly Interface[], more: Partial<Node> = {}): Node => ({ ...aNode(), interfaces, ...more })
const [mp3, wav] = builtInProfiles
const facts = { recordingId: 'rec_1' as RecordingId, groupId: 'cap_1', durationSeconds: 60, profile: mp3 as never }
const command = (of: Node, request: CaptureRequest = {}, more: object = {}) => {
  const planned = planCapture(of, request)
  if (!planned.ok) throw new Error(planned.reason)
  return commandFor(of, planned.value, { ...facts, ...more })
}

describe('what is ordered', () => {
  test.each([
    ['an ALSA reference', desk(), 'hw:1,0'],
    ['a plug', desk({ systemRef: 'alsa:plughw:2' }), 'plughw:2'],
    ['another reference', desk({ systemRef: 'usb-7' }), 'USB Desk'],
    ['another backend', desk({ backend: 'jack' }), 'USB Desk'],
    [
      'a placeholder that was never discovered',
      desk({ backend: 'unknown', systemName: 'Audio backend discovery pending' }),
      'default',
    ],
  ])('the device of %s', (_, device, expected) => expect(command(node([device])).captureDevice).toBe(expected))

  test('a node without devices is asked for its defaults', () => {
    const audioDefaults = {
      captureBackend: 'pipewire',
      captureDevice: 'mic',
      captureChannels: 4,
      captureSampleRate: 96000,
    } as const
    expect(command(node([], { audioDefaults }))).toMatchObject(audioDefaults)
    expect(command(node([]))).toMatchObject({
      captureDevice: 'default',
      captureChannels: 2,
      captureFormat: 'S16_LE',
      captureSampleRate: 48000,
    })
  })

  test('an absent device is passed over', () => {
    const second = desk({ id: 'second' as InterfaceId, systemName: 'Second', systemRef: 'alsa:hw:2,0' })
    expect(command(node([desk({ absent: true }), second])).captureInterfaceId).toBe('second' as InterfaceId)
  })

  test('selected channels keep their order, and stereo says which is which', () => {
    const { channelMap, captureChannels } = command(node([desk()]), { captureChannelSelection: [2, 1] })
    expect(captureChannels).toBe(2)
    expect(channelMap?.entries).toEqual([
      { included: true, label: 'Floor', sourceChannelIndex: 2, outputChannelIndex: 1 },
      { included: true, label: 'Lectern', sourceChannelIndex: 1, outputChannelIndex: 2 },
    ])
    expect(command(node([desk()]), { captureChannelSelection: [2] }).channelMap?.entries[0]).not.toHaveProperty(
      'outputChannelIndex',
    )
  })

  test('voice-wav needs no renderer: neither enhancement nor another codec', () => {
    const plain = command(node([desk()]), {}, { profile: wav })
    expect([plain.outputCodec, plain.enhancement, plain.outputFileName]).toEqual(['wav', undefined, 'rec_1.wav'])
  })

  test.each([
    [[3], undefined, 'channel_selection_out_of_range'],
    [[1], 'stereo', 'channel_selection_mode_arity'],
    [[1, 2], 'mono', undefined],
  ] as const)('a selection of %j as %p: %p', (selection, mode, reason) => {
    const planned = planCapture(node([desk()]), {
      captureChannelSelection: selection,
      ...(mode && { channelMode: mode }),
    })
    expect(planned.ok ? undefined : planned.reason).toBe(reason)
  })

  test('a recording belongs to one room for good', () => {
    const rooms = desk({
      channels: [
        { index: 1, alias: 'a', roomId: 'A' as RoomId },
        { index: 2, alias: 'b', roomId: 'B' as RoomId },
      ],
    })
    expect(planCapture(node([rooms]), {})).toMatchObject({ ok: false, reason: 'channel_selection_cross_room' })
    expect(planCapture(node([rooms]), { captureChannelSelection: [2] })).toMatchObject({ value: { roomId: 'B' } })
    expect(planCapture(node([desk()], { roomId: 'C' as RoomId }), {})).toMatchObject({ value: { roomId: 'C' } })
  })
})

describe('what is admitted', () => {
  const window = { from: T0, to: T0 + 60_000 }
  const held = (more: object, of: object = {}) => ({
    job: {
      ...aJob(),
      ...of,
      command: { ...aJob().command, captureInterfaceId: 'desk' as InterfaceId, captureGroupId: 'g', ...more },
    },
    recording: aRecording(),
  })
  const capture = (selection?: readonly number[], device = desk()) => ({ device, ...(selection && { selection }) })

  test.each([
    ['a whole interface holds every channel', held({}), [1], []],
    ['an order for the whole meets any channel', held({ captureChannelSelection: [2] }), undefined, []],
    ['shared channels are named', held({ captureChannelSelection: [2, 1] }), [1, 3], [1]],
  ])('%s', (_, claim, selection, busyChannels) => {
    const refused = admit(node([desk()]), capture(selection), window, [claim])
    expect(refused).toMatchObject({
      ok: false,
      reason: 'capture_channels_busy',
      shown: { busyChannels, conflictingJobId: claim.job.id },
    })
  })

  test('disjoint channels join the group that is captured; past and future do not meet', () => {
    expect(admit(node([desk()]), capture([1]), window, [held({ captureChannelSelection: [2] })])).toEqual({
      ok: true,
      value: 'g',
    })
    const over = held({}, { status: 'running', startedAt: T0 - 60_000 })
    expect(admit(node([desk()]), capture([1]), window, [over])).toEqual({ ok: true, value: undefined })
  })

  test('a node captures on no more interfaces than it can', () => {
    const other = desk({ id: 'other' as InterfaceId })
    expect(admit(node([]), capture(undefined, other), window, [held({})])).toMatchObject({
      reason: 'node_capture_capacity_reached',
      shown: { activeSessionCount: 1, maxConcurrentRecordings: 1 },
    })
    expect(admit(node([], { maxConcurrentRecordings: 2 }), capture(undefined, other), window, [held({})]).ok).toBe(true)
  })
})

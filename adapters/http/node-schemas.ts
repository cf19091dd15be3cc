import type { Enrolment } from '../../core/nodes/enrolment.ts'
import type { ReportedInterface } from '../../core/nodes/inventory.ts'
import { type AudioDefaults, backends } from '../../core/nodes/node.ts'
import { type Runtime, statuses } from '../../core/nodes/presence.ts'
import { compiled, type } from '../system/type.ts'
import { inPages, instant, limit, looseInteger, nodeId, offset, text } from './schemas.ts'

const backend = type.enumerated(...backends)

export const runtime = compiled.declare<Runtime>().type({
  'architecture?': 'string <= 80',
  'kernelRelease?': 'string <= 160',
  'osName?': 'string <= 160',
  'uptimeSeconds?': 'number.integer >= 0',
  audioBackends: backend.array().atMostLength(16).readonly(),
})

export const audioDefaults = type
  .declare<AudioDefaults, { side: 'out' }>()
  .type({
    'captureBackend?': "'alsa' | 'jack' | 'pipewire'",
    'captureChannels?': '1 <= number.integer <= 256',
    'captureSampleRate?': '1 <= number.integer <= 384000',
    'captureCommand?': text(1, 255),
    'captureDevice?': text(1, 255),
    'captureFormat?': text(1, 80),
    'captureArgsTemplate?': text(1, 1000),
    'meterArgsTemplate?': text(1, 1000),
  })
  .onUndeclaredKey('reject')

const channel = compiled({ index: looseInteger(1, 256), alias: text(1, 160) })

const members = {
  alias: text(1, 160),
  systemName: text(1, 255),
  'systemRef?': text(0, 255),
  'backend?': backend,
  channelCount: looseInteger(0, 256),
  'channels?': channel.array().atMostLength(256).readonly(),
  'sampleRates?': looseInteger(1, 768000).array().atMostLength(16).readonly(),
  'hardwarePath?': text(0, 500),
  'serialNumber?': text(0, 255),
} as const

const reported = compiled
  .declare<ReportedInterface, { side: 'out' }>()
  .type({ 'id?': text(1, 255), ...members })
  .onUndeclaredKey('delete')

export const inventory = compiled({ nodeId, interfaces: reported.array().atMostLength(64).readonly() })

const location = type({
  site: text(1, 160),
  room: text(1, 160),
  'building?': text(1, 120),
  'floor?': text(1, 80),
}).onUndeclaredKey('reject')

export const enrolment = type
  .declare<Enrolment, { side: 'out' }>()
  .type({
    alias: text(1, 160),
    hostname: text(1, 255),
    location,
    'agentVersion?': text(1, 80),
    'interfaces?': type({ '+': 'reject', ...members })
      .array()
      .atMostLength(32)
      .readonly(),
    'ipAddresses?': text(1, 120).array().atMostLength(16).readonly(),
    'notes?': text(0, 2000),
    'tags?': text(1, 48).array().atMostLength(32).readonly(),
    'audioDefaults?': audioDefaults,
    'recordingCapacity?': type({ maxConcurrentRecordings: looseInteger(1, 128) }).onUndeclaredKey('reject'),
    'runtime?': runtime,
  })
  .onUndeclaredKey('reject')

/** An agent sends its whole inventory with each beat; what is not of the beat is passed over, and never looked at. */
export const heartbeat = compiled({
  nodeId,
  agentVersion: '1 <= string <= 80',
  hostname: '1 <= string <= 255',
  'ipAddresses?': type('string <= 120').array().readonly(),
  'runtime?': runtime,
  'status?': type.enumerated(...statuses),
})

export const nodeFilter = compiled({
  '+': 'reject',
  'q?': text(1, 200),
  'status?': type.enumerated(...statuses),
  'backend?': backend,
  'site?': text(1, 160),
  'building?': text(1, 160),
  'floor?': text(1, 160),
  'room?': text(1, 160),
  'lastSeenFrom?': instant,
  'lastSeenTo?': instant,
  limit: limit(500, 50),
  offset,
}).pipe((query) => inPages(query))

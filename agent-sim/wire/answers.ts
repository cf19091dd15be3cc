import { type } from 'arktype'

/**
 * What the recorder must be able to decode. It ignores members it does not know, and a missing or mistyped one that it
 * does know makes the whole answer a failure, although the controller has by then committed the claim.
 */
const u16 = type('0 <= number.integer <= 65535')
const u32 = type('0 <= number.integer <= 4294967295')
const u64 = type('number.integer >= 0')
const channelMode = type("'mono' | 'stereo' | 'mono_to_stereo_mix' | 'multichannel'")
const captureBackend = type("'alsa' | 'jack' | 'pipewire'")

const channelMapEntry = type({
  included: 'boolean',
  label: 'string',
  sourceChannelIndex: u16,
  'outputChannelIndex?': u16.or('null'),
})

const channelMap = type({
  assignmentId: 'string',
  channelMode,
  entries: channelMapEntry.array(),
  sourceChannels: u16,
  targetId: 'string',
  targetType: 'string',
  templateId: 'string',
  templateName: 'string',
})

const enhancement = type({
  keepRaw: 'boolean',
  denoise: { enabled: 'boolean', engine: 'string' },
  highpass: { enabled: 'boolean', hz: u32 },
  lowpass: { enabled: 'boolean', hz: u32 },
  deesser: { enabled: 'boolean', intensity: 'number' },
  compressor: { enabled: 'boolean' },
  loudnorm: { enabled: 'boolean', targetI: 'number', truePeak: 'number', lra: 'number' },
  gate: { enabled: 'boolean', thresholdDb: 'number' },
})

const cachePolicy = type({
  policyId: 'string',
  deleteAfterUpload: 'boolean',
  'maxAgeDays?': 'number.integer | null',
  'maxBytes?': 'number.integer | null',
  'minFreeDiskPercent?': 'number.integer | null',
})

const command = type({
  captureChannels: u16,
  captureDevice: 'string',
  captureFormat: 'string',
  captureSampleRate: u32,
  durationSeconds: u64,
  outputFileName: 'string',
  'captureBackend?': captureBackend.or('null'),
  'captureChannelSelection?': u16.array().or('null'),
  'captureGroupId?': 'string | null',
  'captureInterfaceId?': 'string | null',
  'channelMap?': channelMap.or('null'),
  'chunkSeconds?': u64.or('null'),
  'enhancement?': enhancement.or('null'),
  'outputBitrateKbps?': u32.or('null'),
  'outputCodec?': "'mp3' | 'flac' | 'wav' | null",
  'outputVbr?': 'boolean | null',
  'recorderCacheRetention?': cachePolicy.or('null'),
})

export const job = type({
  id: 'string',
  nodeId: 'string',
  recordingId: 'string',
  status: 'string',
  'failureReason?': 'string | null',
  command,
})

export const jobs = job.array()

export const nodeConfig = type({
  // Absent or a list: null breaks the recorder.
  'recorderCachePolicies?': cachePolicy.array(),
  'monitorEnhancement?': type({ engine: 'string', requested: 'boolean' }).or('null'),
  'recordingCapacity?': type({ maxConcurrentRecordings: u16 }).or('null'),
  'audioDefaults?': type({
    'captureBackend?': captureBackend.or('null'),
    'captureChannels?': u16.or('null'),
    'captureSampleRate?': u32.or('null'),
  }).or('null'),
})

export const channelMapBundles = type({
  assignment: {
    assignedAt: 'string',
    id: 'string',
    targetId: 'string',
    targetType: "'node' | 'interface'",
    templateId: 'string',
  },
  template: { id: 'string', name: 'string', channelMode, entries: channelMapEntry.array(), tags: 'string[]' },
}).array()

export type Job = typeof job.infer
export type Command = typeof command.infer
export type ChannelMap = typeof channelMap.infer
export type NodeConfig = typeof nodeConfig.infer
export type ChannelMapBundles = typeof channelMapBundles.infer

/** RFC 3339 with nanoseconds, as the recorder's clock writes instants. */
export function toWireInstant(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000000Z')
}

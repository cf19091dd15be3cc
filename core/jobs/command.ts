import type { InterfaceId } from '../ids.ts'
import type { CaptureBackend } from '../nodes/node.ts'

export const codecs = ['mp3', 'flac', 'wav'] as const
export type Codec = (typeof codecs)[number]

export const channelModes = ['mono', 'stereo', 'mono_to_stereo_mix', 'multichannel'] as const
export type ChannelMode = (typeof channelModes)[number]

/** Every member is required: the agent cannot read a part of it. */
export interface Enhancement {
  readonly keepRaw: boolean
  readonly denoise: { readonly enabled: boolean; readonly engine: 'rnnoise' | 'deepfilternet3' }
  readonly highpass: { readonly enabled: boolean; readonly hz: number }
  readonly lowpass: { readonly enabled: boolean; readonly hz: number }
  readonly deesser: { readonly enabled: boolean; readonly intensity: number }
  readonly compressor: { readonly enabled: boolean }
  readonly loudnorm: {
    readonly enabled: boolean
    readonly targetI: number
    readonly truePeak: number
    readonly lra: number
  }
  readonly gate: { readonly enabled: boolean; readonly thresholdDb: number }
}

export interface ChannelMap {
  readonly assignmentId: string
  readonly templateId: string
  readonly templateName: string
  readonly channelMode: ChannelMode
  readonly targetType: 'node' | 'interface'
  readonly targetId: string
  /** The highest source channel that is read. */
  readonly sourceChannels: number
  readonly entries: readonly {
    readonly included: boolean
    readonly label: string
    readonly sourceChannelIndex: number
    readonly outputChannelIndex?: number
  }[]
}

/** What a node is told to do, exactly as it goes over the wire. Numbers are integers: the agent takes nothing else. */
export interface Command {
  readonly type: 'alsa_capture'
  readonly captureBackend?: CaptureBackend
  readonly captureChannels: number
  readonly captureChannelSelection?: readonly number[]
  readonly captureDevice: string
  readonly captureFormat: string
  readonly captureGroupId?: string
  readonly captureInterfaceId?: InterfaceId
  readonly captureSampleRate: number
  readonly channelMap?: ChannelMap
  readonly chunkSeconds?: number
  readonly durationSeconds: number
  readonly enhancement?: Enhancement
  readonly outputBitrateKbps?: number
  readonly outputCodec?: Codec
  readonly outputFileName: string
  readonly outputVbr?: boolean
  readonly trackGroupId?: string
  readonly trackIndex?: number
  readonly trackTotal?: number
}

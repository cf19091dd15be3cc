import type { ChannelMode, Codec, Enhancement } from '../jobs/command.ts'

/** How a recording is rendered. A change reaches only jobs ordered later. */
export interface RecordingProfile {
  readonly id: string
  readonly name: string
  readonly codec: Codec
  readonly bitrateKbps: number
  readonly vbr: boolean
  readonly channelMode: ChannelMode
  readonly silenceDetectionEnabled: boolean
  readonly silenceSkipEnabled: boolean
  readonly chunkSeconds?: number
  readonly enhancement?: Enhancement
}

const speech: Enhancement = {
  keepRaw: true,
  denoise: { enabled: true, engine: 'deepfilternet3' },
  highpass: { enabled: true, hz: 80 },
  lowpass: { enabled: false, hz: 12000 },
  deesser: { enabled: false, intensity: 0.1 },
  compressor: { enabled: false },
  loudnorm: { enabled: true, targetI: -16, truePeak: -1.5, lra: 11 },
  gate: { enabled: false, thresholdDb: -40 },
}

const voice = {
  channelMode: 'mono_to_stereo_mix',
  silenceDetectionEnabled: false,
  silenceSkipEnabled: false,
} as const

/** The first is the default. `voice-wav` needs no renderer on the node: what was captured is what is filed. */
export const builtInProfiles: readonly RecordingProfile[] = [
  {
    id: 'voice-mp3-vbr',
    name: 'Voice MP3 VBR',
    codec: 'mp3',
    bitrateKbps: 128,
    vbr: true,
    ...voice,
    enhancement: speech,
  },
  { id: 'voice-wav', name: 'Voice WAV', codec: 'wav', bitrateKbps: 512, vbr: false, ...voice },
]

export const DEFAULT_PROFILE_ID = 'voice-mp3-vbr'
export const DEFAULT_RETENTION_POLICY_ID = 'retention-keep-controller-cache'
export const DEFAULT_UPLOAD_POLICY_ID = 'upload-policy-stub'

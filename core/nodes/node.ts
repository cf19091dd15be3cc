import type { Instant, InterfaceId, NodeId, RoomId } from '../ids.ts'

export const backends = ['alsa', 'jack', 'pipewire', 'unknown'] as const
export type Backend = (typeof backends)[number]
export type CaptureBackend = Exclude<Backend, 'unknown'>

export interface Channel {
  /** Counted from 1. */
  readonly index: number
  readonly alias: string
  readonly roomId?: RoomId
}

/** An audio device of a node. One that is no longer reported stays, `absent`, so that what was mapped to it survives. */
export interface Interface {
  readonly id: InterfaceId
  /** What the agent itself calls it; meter frames carry this name. */
  readonly agentId?: string
  readonly alias: string
  readonly systemName: string
  readonly systemRef?: string
  readonly backend: Backend
  readonly channelCount: number
  readonly channels: readonly Channel[]
  readonly sampleRates: readonly number[]
  readonly hardwarePath?: string
  readonly serialNumber?: string
  readonly absent?: true
}

export interface AudioDefaults {
  readonly captureBackend?: CaptureBackend
  readonly captureChannels?: number
  readonly captureSampleRate?: number
  readonly captureCommand?: string
  readonly captureDevice?: string
  readonly captureFormat?: string
  readonly captureArgsTemplate?: string
  readonly meterArgsTemplate?: string
}

/** What is installed where, and what an operator may edit. What the node says of itself is its presence. */
export interface Node {
  readonly id: NodeId
  readonly version: number
  readonly alias: string
  readonly site: string
  readonly room: string
  readonly building?: string
  readonly floor?: string
  /** The default room of channels that name none. */
  readonly roomId?: RoomId
  readonly notes?: string
  readonly tags: readonly string[]
  readonly audioDefaults?: AudioDefaults
  readonly maxConcurrentRecordings?: number
  readonly interfaces: readonly Interface[]
  readonly createdAt: Instant
}

export const capacityOf = ({ maxConcurrentRecordings }: Node): number => maxConcurrentRecordings ?? 1

/** An interface named by nobody has its channels counted out. */
export const numberedChannels = (count: number): readonly Channel[] =>
  Array.from({ length: count }, (_, i) => ({ index: i + 1, alias: `Channel ${i + 1}` }))

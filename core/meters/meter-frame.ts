import type { Instant, NodeId } from '../ids.ts'

export interface Quality {
  readonly crestFactorDb: number
  readonly noiseScore: number
  readonly speechScore: number
  readonly zeroCrossingRate: number
  readonly speechLike: boolean
  readonly broadbandNoiseScore?: number
  readonly humScore?: number
  readonly staticScore?: number
  readonly intelligibilityScore?: number
  readonly estimatedSnrDb?: number
  readonly channelCorrelation?: {
    readonly peerChannelIndex: number
    readonly phase: 'same' | 'inverted'
    readonly score: number
  }
}

export interface Level {
  readonly channelIndex: number
  readonly label: string
  readonly peakDbfs: number
  readonly rmsDbfs: number
  readonly clipping: boolean
  readonly quality?: Quality
}

/** Levels at one instant, in dBFS: 0 is full scale, silence is far below. */
export interface MeterFrame {
  readonly nodeId: NodeId
  /** The agent's own name of the interface, not the controller's. */
  readonly interfaceId: string
  /** As the agent wrote it. */
  readonly capturedAt: string
  readonly levels: readonly Level[]
}

/** A frame with the moment it came in, by the controller's clock. */
export interface HeardFrame {
  readonly frame: MeterFrame
  readonly receivedAt: Instant
}

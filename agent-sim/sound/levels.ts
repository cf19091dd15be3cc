import { measure, round } from './measure.ts'
import { type AudioQuality, qualityOf } from './quality.ts'

export interface AudioLevel {
  /** Counted from 1, as everywhere on the wire. */
  readonly channelIndex: number
  readonly label: string
  readonly peakDbfs: number
  readonly rmsDbfs: number
  readonly clipping: boolean
  readonly quality: AudioQuality
}

export interface MeterFrame {
  readonly nodeId: string
  /** The agent's own name for the device, not the controller's id of it. */
  readonly interfaceId: string
  readonly capturedAt: string
  readonly levels: readonly AudioLevel[]
}

/** The level of every channel of a window of interleaved samples. */
export function levelsOf(samples: Int16Array, channelCount: number, sampleRateHz: number): readonly AudioLevel[] {
  const channels = Array.from({ length: channelCount }, (_, index) => channelOf(samples, channelCount, index))
  return channels.map((channel, index) => {
    const measured = measure(channel)
    return {
      channelIndex: index + 1,
      label: `Input ${index + 1}`,
      peakDbfs: round(measured.peakDbfs),
      rmsDbfs: round(measured.rmsDbfs),
      clipping: measured.clipping,
      quality: qualityOf(index, channels, measured, sampleRateHz),
    }
  })
}

function channelOf(samples: Int16Array, channelCount: number, index: number): Int16Array {
  const channel = new Int16Array(samples.length / channelCount)
  for (let frame = 0; frame < channel.length; frame++) channel[frame] = samples[frame * channelCount + index] ?? 0
  return channel
}

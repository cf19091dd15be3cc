import type { Heard } from '../audio/heard.ts'
import { redrawn } from '../audio/peaks.ts'
import type { Instant } from '../ids.ts'

/** A picture of the loudness over time. */
export interface Waveform {
  readonly channelCount: number
  readonly generatedAt: Instant
  /** Peak of all channels in each slice, 0..1. */
  readonly peaks: readonly number[]
  readonly sampleCount: number
  readonly sampleRate: number
  readonly source: 'wav_s16le_peak' | 'ffmpeg_decoded_peak'
}

/** Of what was heard as one; undefined where a part of it that has sound could not be drawn. */
export function waveformOf(files: readonly Heard[], at: Instant): Waveform | undefined {
  const heard = files.filter(({ frameCount }) => frameCount > 0)
  const [first] = heard
  if (!first || heard.some(({ peaks }) => peaks.length === 0)) return undefined
  const { channelCount, sampleRate } = first
  return {
    channelCount,
    sampleRate,
    peaks: heard.length === 1 ? first.peaks : redrawn(heard),
    sampleCount: heard.reduce((sum, { frameCount }) => sum + frameCount, 0),
    generatedAt: at,
    source: heard.every(({ dataAt, pcm }) => dataAt !== undefined && !pcm) ? 'wav_s16le_peak' : 'ffmpeg_decoded_peak',
  }
}

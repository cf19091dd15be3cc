import type { Heard } from './heard.ts'

/** Slices of a waveform, at most. */
export const BINS_MAX = 96

/** 0..1 with three decimals, as the wire has it. */
export const rounded = (peak: number): number => Math.round(peak * 1000) / 1000

/**
 * One waveform out of many that follow each other, each weighed by its length: a slice of the whole is as loud as the
 * loudest slice that it meets.
 */
export function redrawn(stretches: readonly Pick<Heard, 'frameCount' | 'peaks'>[]): number[] {
  const frameCount = stretches.reduce((sum, each) => sum + each.frameCount, 0)
  const bins = Math.min(BINS_MAX, frameCount)
  const peaks = new Array<number>(bins).fill(0)
  let before = 0
  for (const each of stretches) {
    each.peaks.forEach((peak, i) => {
      const from = before + (i * each.frameCount) / each.peaks.length
      const to = before + ((i + 1) * each.frameCount) / each.peaks.length
      for (let bin = Math.floor((from / frameCount) * bins); bin < Math.min(bins, (to / frameCount) * bins); bin++) {
        peaks[bin] = Math.max(peaks[bin] ?? 0, peak)
      }
    })
    before += each.frameCount
  }
  return peaks
}

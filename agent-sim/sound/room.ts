import { type Sound, toSixteenBits } from './wav.ts'

/** A pretend room: one sound plays in it, over and over. */
export interface Room {
  readonly sampleRateHz: number
  readonly channelCount: number
  /** The frame that sounds at an instant, on the room's own raster or on another rate's. */
  frameAt(ms: number, rateHz?: number): number
  /** Interleaved samples of [fromFrame, toFrame). */
  frames(fromFrame: number, toFrame: number): Int16Array
  /** Interleaved samples of [fromMs, toMs): adjoining windows adjoin, to the sample. */
  samples(fromMs: number, toMs: number): Int16Array
}

/**
 * The sound's first frame is heard at `startedAtMs`. A loop has no beginning, so there is sound before that too,
 * and an agent that looks one second back when it boots never finds silence. Louder or quieter by `gainDb`, many rooms
 * share one sound in memory.
 */
export function roomOf(sound: Sound, startedAtMs: number, gainDb = 0): Room {
  const { sampleRateHz, channelCount, samples } = sound
  const loopFrames = samples.length / channelCount
  const gain = 10 ** (gainDb / 20)
  if (!Number.isInteger(loopFrames) || loopFrames === 0) throw new RangeError('a room needs a sound of whole frames')

  function frameAt(ms: number, rateHz = sampleRateHz): number {
    return divideDown((Math.floor(ms) - startedAtMs) * rateHz, 1000)
  }

  function frames(fromFrame: number, toFrame: number): Int16Array {
    if (toFrame < fromFrame) throw new RangeError(`a window cannot end (${toFrame}) before it begins (${fromFrame})`)
    const window = new Int16Array((toFrame - fromFrame) * channelCount)
    for (let frame = fromFrame; frame < toFrame; ) {
      const inLoop = frame - divideDown(frame, loopFrames) * loopFrames
      const runFrames = Math.min(loopFrames - inLoop, toFrame - frame)
      const run = samples.subarray(inLoop * channelCount, (inLoop + runFrames) * channelCount)
      window.set(run, (frame - fromFrame) * channelCount)
      frame += runFrames
    }
    if (gainDb !== 0) for (let at = 0; at < window.length; at++) window[at] = toSixteenBits((window[at] ?? 0) * gain)
    return window
  }

  return {
    sampleRateHz,
    channelCount,
    frameAt,
    frames,
    samples: (fromMs, toMs) => frames(frameAt(fromMs), frameAt(toMs)),
  }
}

/** Whole-number division rounded down, exact up to 2^52, for instants before the sound began as well. */
export function divideDown(dividend: number, divisor: number): number {
  const rest = dividend % divisor
  return (dividend - (rest < 0 ? rest + divisor : rest)) / divisor
}

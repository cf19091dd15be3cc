import type { Command } from './wire.ts'

/** The whole file stands in memory while it is sent, so there is a bound on it. */
const CAPTURE_BYTES_MAX = 2 ** 31
/** Less than this is what a recorder takes for a capture that did not work. */
const CAPTURE_BYTES_MIN = 128

/** Why this node cannot carry out a command, or nothing when it can. */
export function refusalOf(command: Command, channelCount: number, chunkSeconds?: number): string | undefined {
  const codec = codecOf(command)
  if (codec !== 'wav') return `unsupported_codec_${codec}`
  const fileSeconds = Math.min(chunkSeconds ?? Number.POSITIVE_INFINITY, command.durationSeconds)
  const fileBytes = fileSeconds * command.captureSampleRate * channelCount * 2
  if (fileBytes < CAPTURE_BYTES_MIN) return 'capture_too_short'
  if (fileBytes > CAPTURE_BYTES_MAX) return 'capture_too_large'
  return undefined
}

/** A command that names no codec names it by its file. */
function codecOf({ outputCodec, outputFileName }: Command): string {
  if (outputCodec) return outputCodec
  const dot = outputFileName.lastIndexOf('.')
  return dot < 0 ? 'wav' : outputFileName.slice(dot + 1).toLowerCase()
}

import type { Command } from '../wire/answers.ts'
import { codecOf } from './codec.ts'
import type { Encoders } from './encoder.ts'

/** The whole capture stands in memory while a file is made of it, so there is a bound on it. */
const CAPTURE_BYTES_MAX = 2 ** 31
/** Less than this is what a recorder takes for a capture that did not work. */
const CAPTURE_BYTES_MIN = 128

/** Why this node cannot carry out a command, or nothing when it can. */
export async function refusalOf(
  command: Command,
  channelCount: number,
  encoders: Encoders,
  chunkSeconds?: number,
): Promise<string | undefined> {
  const codec = codecOf(command)
  const known = codec === 'wav' || ((codec === 'mp3' || codec === 'flac') && (await encoders.can(codec)))
  if (!known) return `unsupported_codec_${codec}`
  const fileSeconds = Math.min(chunkSeconds ?? Number.POSITIVE_INFINITY, command.durationSeconds)
  const fileBytes = fileSeconds * command.captureSampleRate * channelCount * 2
  if (fileBytes < CAPTURE_BYTES_MIN) return 'capture_too_short'
  if (fileBytes > CAPTURE_BYTES_MAX) return 'capture_too_large'
  return undefined
}

import type { Command } from '../wire/answers.ts'

const contentTypes: Readonly<Record<string, string>> = { wav: 'audio/wav', mp3: 'audio/mpeg', flac: 'audio/flac' }

/** A command that names no codec names it by its file. */
export function codecOf({ outputCodec, outputFileName }: Command): string {
  if (outputCodec) return outputCodec
  const dot = outputFileName.lastIndexOf('.')
  return dot < 0 ? 'wav' : outputFileName.slice(dot + 1).toLowerCase()
}

export const contentTypeOf = (command: Command): string => contentTypes[codecOf(command)] ?? 'application/octet-stream'

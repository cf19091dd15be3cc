import type { Chunk } from '../../core/recordings/chunk.ts'
import type { Recording } from '../../core/recordings/recording.ts'
import type { Waveform } from '../../core/recordings/waveform.ts'
import { iso } from '../../core/time.ts'

/** A recording as the contract shows it: what is unset is absent, what is ours stays here. */
export function recordingReply(recording: Recording) {
  const {
    version: _,
    rawChecksum: __,
    sizeBytes: ___,
    chunkCount: ____,
    recordedAt,
    waveformPreview,
    ...shown
  } = recording
  return {
    ...shown,
    recordedAt: iso(recordedAt),
    ...(waveformPreview && { waveformPreview: waveformReply(waveformPreview) }),
  }
}

export const waveformReply = ({ generatedAt, ...shown }: Waveform) => ({ ...shown, generatedAt: iso(generatedAt) })

export function chunkReply({ version: _, heard: __, rawChecksum: ___, createdAt, cachedAt, ...shown }: Chunk) {
  return { ...shown, createdAt: iso(createdAt), ...(cachedAt !== undefined && { cachedAt: iso(cachedAt) }) }
}

import type { Encoders } from '../jobs/encoder.ts'
import type { Clock } from '../run.ts'
import type { Call } from '../wire/call.ts'
import { ask, textOf } from '../wire/enroll.ts'

/** The profile of each format that any player plays. */
const profiles = { mp3: 'voice-mp3-vbr', wav: 'voice-wav' } as const

export interface Ordered {
  readonly recordingId: string
  readonly format: keyof typeof profiles
  readonly profileId: string
}

/** A recording for ears, in the best format that its recorder can make. */
export async function orderRecording(call: Call, nodeId: string, encoders: Encoders): Promise<Ordered> {
  const format = (await encoders.can('mp3')) ? 'mp3' : 'wav'
  const profileId = profiles[format]
  const recording = await ask(call, '/recordings', { nodeId, recordingProfileId: profileId })
  return { recordingId: textOf(recording, 'id'), format, profileId }
}

/** For a player that sends no token. */
export interface Link {
  readonly path: string
  readonly untilMs: number
}

const LINK_MS = 600_000
const RENEWED_AFTER_MS = LINK_MS / 2
const LOOK_AGAIN_MS = 1000

/** A link as soon as there is something to hear, and then another long before it has run out, until the signal falls. */
export async function keepLinked(
  call: Call,
  recordingId: string,
  clock: Clock,
  signal: AbortSignal,
  tell: (link: Link) => void,
): Promise<void> {
  while (!signal.aborted) {
    const untilMs = clock.nowMs() + LINK_MS
    const answer = await call({ method: 'POST', path: `/recordings/${recordingId}/playback` })
    if (answer.ok) tell({ path: textOf(answer.data, 'ticketUrl'), untilMs })
    await clock.sleep(answer.ok ? RENEWED_AFTER_MS : LOOK_AGAIN_MS, signal)
  }
}

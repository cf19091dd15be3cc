import { levelsOf, type MeterFrame } from '../sound/levels.ts'
import type { Room } from '../sound/room.ts'
import { toWireInstant } from '../wire/answers.ts'
import type { Answer } from '../wire/call.ts'
import type { Client } from '../wire/client.ts'
import { INTERFACE_ID } from './inventory.ts'

const WINDOW_MS = 1000

/** The stretch of the room that a meter frame describes; frames are counted from the first of the room's sound. */
export interface MeterWindow {
  readonly fromMs: number
  readonly toMs: number
  readonly fromFrame: number
  readonly toFrame: number
}

export interface MeterOptions {
  readonly client: Client
  readonly nodeId: string
  readonly room: Room
  /** A frame every so often, whose window is exactly that long; without it one a tick, of the second before. */
  readonly meterEveryMs?: number
  /** Hears of every frame just before it is sent. */
  readonly onFrame?: (frame: MeterFrame, window: MeterWindow) => void
}

export interface Meter {
  dueAtMs(): number
  /** Sends the frame that belongs to this instant, if one does; `tickAtMs` when it is a tick that asks. */
  send(nowMs: number, tickAtMs?: number): Promise<Answer | undefined>
}

export function meterOf({ client, nodeId, room, meterEveryMs, onFrame }: MeterOptions): Meter {
  let dueMs = Number.NEGATIVE_INFINITY

  function sendFrame(toMs: number, durationMs: number): Promise<Answer> {
    const fromMs = toMs - durationMs
    const levels = levelsOf(room.samples(fromMs, toMs), room.channelCount, room.sampleRateHz)
    const frame = { nodeId, interfaceId: INTERFACE_ID, capturedAt: toWireInstant(toMs), levels }
    onFrame?.(frame, { fromMs, toMs, fromFrame: room.frameAt(fromMs), toFrame: room.frameAt(toMs) })
    return client.meterFrame(frame)
  }

  return {
    dueAtMs: () => (meterEveryMs ? dueMs : Number.POSITIVE_INFINITY),

    async send(nowMs, tickAtMs) {
      if (!meterEveryMs) return tickAtMs === undefined ? undefined : sendFrame(tickAtMs, WINDOW_MS)
      if (dueMs > nowMs) return undefined
      // The first frame sets the raster. A frame that was missed is not made up for: levels are only ever the latest.
      const toMs = Number.isFinite(dueMs) ? latestBeat(dueMs, meterEveryMs, nowMs) : nowMs
      dueMs = toMs + meterEveryMs
      return sendFrame(toMs, meterEveryMs)
    },
  }
}

/** The last beat of a raster that is not after `nowMs`: after a long call or a sleep, a node does not beat in bursts. */
export function latestBeat(dueMs: number, everyMs: number, nowMs: number): number {
  return dueMs + Math.floor((nowMs - dueMs) / everyMs) * everyMs
}

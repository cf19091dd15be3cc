import type { ChannelMap, Command } from '../wire/answers.ts'
import { divideDown, type Room } from './room.ts'
import { blankWav } from './wav.ts'

/** For each channel of a file, the room's channels (counted from 0) whose mean it holds. */
export type Routing = readonly (readonly number[])[]

export interface Span {
  readonly fromMs: number
  readonly toMs: number
}

/**
 * A stretch of the room as a WAV file of 16-bit samples. At the room's own rate the samples are the room's own; at
 * another they lie on the straight line between their neighbours. Adjoining spans adjoin at any rate, since both ends
 * are counted on one raster that begins with the room's sound.
 */
export function cut(room: Room, { fromMs, toMs }: Span, rateHz: number, routing: Routing): Uint8Array<ArrayBuffer> {
  const first = room.frameAt(fromMs, rateHz)
  const frameCount = room.frameAt(toMs, rateHz) - first
  const channelCount = routing.length
  const { bytes, samples } = blankWav({ sampleRateHz: rateHz, channelCount, frameCount })
  // A second at a time, so that an hour does not stand in memory twice.
  for (let done = 0; done < frameCount; done += rateHz) {
    const until = Math.min(done + rateHz, frameCount)
    const piece = samples.subarray(done * channelCount, until * channelCount)
    fillPiece(piece, room, first + done, rateHz, routing)
  }
  return bytes
}

/** One piece: every output frame has a place between two of the room's frames, or on one. */
function fillPiece(piece: Int16Array, room: Room, firstFrame: number, rateHz: number, routing: Routing): void {
  const { sampleRateHz, channelCount } = room
  const frameCount = piece.length / routing.length
  const sourceFrom = divideDown(firstFrame * sampleRateHz, rateHz)
  const sourceTo = divideDown((firstFrame + frameCount) * sampleRateHz, rateHz) + 2
  const source = room.frames(sourceFrom, sourceTo)
  let written = 0
  for (let frame = firstFrame; frame < firstFrame + frameCount; frame++) {
    const before = divideDown(frame * sampleRateHz, rateHz)
    const fraction = (frame * sampleRateHz - before * rateHz) / rateHz
    const offset = (before - sourceFrom) * channelCount
    for (const inputs of routing) piece[written++] = meanAt(source, offset, inputs, channelCount, fraction)
  }
}

function meanAt(source: Int16Array, offset: number, inputs: readonly number[], channelCount: number, fraction: number) {
  let sum = 0
  for (const input of inputs) {
    const sample = source[offset + input] ?? 0
    const next = source[offset + channelCount + input] ?? 0
    sum += sample + fraction * (next - sample)
  }
  return Math.round(sum / inputs.length)
}

/** All the room's channels in one, as operators listen to it. */
export function monoMix(room: Room): Routing {
  return [Array.from({ length: room.channelCount }, (_, channel) => channel)]
}

/**
 * The channels of the recording. The device delivers as many as the command asks for: the room's first ones, and its
 * last one again where the room has fewer. A channel map then picks from these and puts them in their places.
 */
export function routingOf(command: Command, map: ChannelMap | undefined, roomChannelCount: number): Routing {
  const asked = Math.max(1, command.captureChannels)
  const delivered = Array.from({ length: asked }, (_, channel) => Math.min(channel, roomChannelCount - 1))
  const chosen = (map?.entries ?? []).filter((entry) => entry.included)
  const inputs = chosen.map((entry) => delivered[entry.sourceChannelIndex - 1] ?? roomChannelCount - 1)
  if (!map || inputs.length === 0) return delivered.map((channel) => [channel])
  if (map.channelMode === 'mono') return [inputs]
  if (map.channelMode === 'mono_to_stereo_mix') return [inputs, inputs]

  const places = chosen.map((entry, at) => entry.outputChannelIndex ?? at + 1)
  const outputs = [...new Set(places)].sort((left, right) => left - right)
  const routed = outputs.map((place) => inputs.filter((_, at) => places[at] === place))
  if (map.channelMode === 'stereo') return [routed[0] ?? inputs, routed[1] ?? routed[0] ?? inputs]
  return routed
}

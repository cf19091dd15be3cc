import { type Agent, type AgentOptions, agentOf } from './agent.ts'
import type { Encoders } from './jobs/encoder.ts'
import { FILES_AT_ONCE, turnsOf } from './jobs/turns.ts'
import type { OnStop } from './jobs/worker.ts'
import type { Identity } from './node/inventory.ts'
import { startingAt } from './run.ts'
import { type Room, roomOf } from './sound/room.ts'
import { speechLike } from './sound/speech.ts'
import type { Sound } from './sound/wav.ts'
import type { Fetch } from './wire/call.ts'
import type { Enrolled } from './wire/enroll.ts'

/** What one process can keep up with, on a machine of two cores. */
export const NODES_MAX = 500

/** Few voices make many rooms: each is heard by others at another loudness, and from another place on. */
const VOICES = 4
const GAINS_DB = [0, -6, 3, -9, -3] as const
const APART_MS = 3700

export interface FleetOptions {
  readonly fetch: Fetch
  readonly url: string
  readonly encoders: Encoders
  readonly heartbeatMs: number
  readonly jobPollMs: number
  readonly onStop: OnStop
  /** When it falls, the fleet goes down with its calls under way. */
  readonly signal: AbortSignal
  readonly say: (line: string, alias: string) => void
}

/** One pretend node, and what can be seen of it from outside. */
export interface Member {
  readonly alias: string
  readonly room: Room
  readonly agent: Agent
  lastSaid(): string
}

/** Who they are: `Hall 1`, `Hall 2` and so on, each in a room of its own. */
export function identitiesOf(stem: string, count: number, site: string): readonly Identity[] {
  return Array.from({ length: count }, (_, at) => ({
    alias: `${stem} ${at + 1}`,
    hostname: `pretend-recorder-${at + 1}`,
    site,
    roomName: `${stem} ${at + 1}`,
  }))
}

/** What they hear: of one sound each another part, or else voices that differ. */
export function roomsOf(count: number, sound: Sound | undefined, nowMs: number): readonly Room[] {
  const voices = sound ? [] : Array.from({ length: Math.min(count, VOICES) }, (_, at) => speechLike({ seed: at + 1 }))
  return Array.from({ length: count }, (_, at) => {
    // A second has been heard already when a node boots, and looks back.
    const startedAtMs = nowMs - 1000 - at * APART_MS
    if (sound) return roomOf(sound, startedAtMs)
    const voice = voices[at % VOICES]
    if (!voice) throw new RangeError('a fleet without a voice')
    return roomOf(voice, startedAtMs, GAINS_DB[at % GAINS_DB.length])
  })
}

/** The nodes of a fleet make their files in turn, and their beats are spread over the interval. */
export function fleetOf(
  enrolled: readonly Enrolled[],
  identities: readonly Identity[],
  rooms: readonly Room[],
  nowMs: number,
  options: FleetOptions,
): readonly Member[] {
  const { signal, heartbeatMs, say } = options
  const shared = { ...options, fetch: until(signal, options.fetch), inTurn: turnsOf(FILES_AT_ONCE, signal) }
  return enrolled.flatMap((credentials, at) => {
    const [identity, room] = [identities[at], rooms[at]]
    if (!identity || !room) return []
    const firstStepAtMs = nowMs + Math.round((at * heartbeatMs) / enrolled.length)
    const toldTo = (line: string) => (signal.aborted ? undefined : say(line, identity.alias))
    return [memberOf(identity, { ...shared, ...credentials, identity, room, say: toldTo }, firstStepAtMs)]
  })
}

function memberOf({ alias }: Identity, options: AgentOptions, firstStepAtMs: number): Member {
  let lastSaid = ''
  const agent = agentOf({
    ...options,
    say(line) {
      lastSaid = line
      options.say?.(line)
    },
  })
  return { alias, room: options.room, agent: startingAt(firstStepAtMs, agent), lastSaid: () => lastSaid }
}

/** Whoever has been told to end makes no further call. */
function until(signal: AbortSignal, fetch: Fetch): Fetch {
  return (request) => {
    if (signal.aborted) throw new Error('the node was ended')
    return fetch(request)
  }
}

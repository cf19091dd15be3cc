import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { getLogger } from '@logtape/logtape'
import { now } from '../adapters/system/clock.ts'
import { fleetOf, identitiesOf, roomsOf } from '../agent-sim/fleet.ts'
import { clockOf } from '../agent-sim/run.ts'
import { live } from '../agent-sim/screen/terminal.ts'
import { type Call, callOf } from '../agent-sim/wire/call.ts'
import { ask, type Enrolled, enroll, type Operator, sessionOf, textOf } from '../agent-sim/wire/enroll.ts'
import { encodersOf } from '../agent-sim/work/encoder.ts'
import type { Config } from './config.ts'
import { ownerPassword } from './data-folder.ts'
import type { Fetch } from './elysia.ts'
import { startLogging } from './log.ts'

const NODES = 3
/** Quicker than in the field, so that something happens while one looks. */
const BEATS = { heartbeatMs: 2000, jobPollMs: 1000 }
const CAPTURE_SECONDS = '10'
const LINES_HELD_MAX = 1000

const clock = clockOf(now)
const log = getLogger(['roomtone', 'demo'])

/** A controller that serves, seen from within its process. */
export interface Served {
  readonly fetch: Fetch
  readonly url: string
  readonly config: Config
}

export interface Visit {
  /** Settles when no more calls are under way. */
  stop(): Promise<void>
}

type Settings = Readonly<Record<string, string | undefined>>

/** A controller with a small fleet in it. Whatever is set, nothing of it reaches an installation that is in use. */
export async function demonstrate(
  environment: Settings,
  serve: (settings: Settings, visit: (served: Served) => Visit) => Promise<void>,
): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'roomtone-demo-'))
  const apart = { DATABASE_URL: undefined, ROOMTONE_STORAGE: 'memory', ROOMTONE_DATA_DIR: dataDir }
  await serve({ ROOMTONE_CAPTURE_SECONDS: CAPTURE_SECONDS, ...environment, ...apart }, visit).finally(() =>
    rm(dataDir, { recursive: true, force: true }),
  )
}

/** The nodes come in by the door that everyone uses, though without a socket. */
function visit(served: Served): Visit {
  const stop = new AbortController()
  const living = show(served, stop).catch((error: Error) =>
    log.error('the demo ended: {reason}', { reason: error.message }),
  )
  return {
    stop() {
      stop.abort()
      return living
    },
  }
}

async function show({ fetch, url, config }: Served, stop: AbortController): Promise<void> {
  const password = await ownerPassword(config.dataDir, config.ownerPassword)
  const owner = { email: config.ownerEmail, password }
  const token = await sessionOf(fetch, url, owner)
  const call = callOf(fetch, url, token)
  const encoders = encodersOf(stop.signal)
  const identities = identitiesOf('Demo Hall', NODES, 'Demo')
  const enrolled = await enroll(call, identities, stop.signal)
  const screen = process.stdout.isTTY ? process.stdout : undefined
  const say = (line: string, alias: string) => screen ?? process.stdout.write(`${alias}: ${line}\n`)
  const parts = { fetch, url, encoders, ...BEATS, onStop: 'upload', signal: stop.signal, say } as const
  const members = fleetOf(enrolled, identities, roomsOf(NODES, undefined, clock.nowMs()), clock.nowMs(), parts)

  // When it has told of its device, it is asked for the first recording.
  await members[0]?.agent.step(clock.nowMs())
  if (stop.signal.aborted) return
  const format = (await encoders.can('mp3')) ? 'mp3' : 'wav'
  const order = { nodeId: enrolled[0]?.nodeId, recordingProfileId: profiles[format] }
  const recordingId = textOf(await ask(call, '/recordings', order), 'id')
  const known = config.ownerPassword === undefined ? owner : { ...owner, password: 'that you have set' }
  const notes = [
    ...notesOf({ url, owner: known, token, recordingId, format, enrolled, seconds: config.captureSeconds }),
  ]
  process.stdout.write(`${notes.join('\n')}\n`)
  void linkTo(call, recordingId, stop.signal).then((link) => {
    const lines = link === undefined ? [] : ['', 'It is made. Open it in a browser, within ten minutes:', url + link]
    notes.push(...lines)
    if (!screen) for (const line of lines) process.stdout.write(`${line}\n`)
  })
  await withLogHeld(screen, () => live({ title: `Roomtone on ${url}`, notes, members }, screen, clock, stop))
}

/** For a player that sends no token, as soon as there is something to hear. */
async function linkTo(call: Call, recordingId: string, signal: AbortSignal): Promise<string | undefined> {
  while (!signal.aborted) {
    const answer = await call({ method: 'POST', path: `/recordings/${recordingId}/playback` })
    if (answer.ok) return textOf(answer.data, 'ticketUrl')
    await clock.sleep(1000, signal)
  }
  return undefined
}

const profiles = { mp3: 'voice-mp3-vbr', wav: 'voice-wav' } as const

interface Known {
  readonly url: string
  readonly owner: Operator
  readonly token: string
  readonly recordingId: string
  readonly format: keyof typeof profiles
  readonly enrolled: readonly Enrolled[]
  readonly seconds: number
}

/** What to do next, in lines that can be copied. */
function notesOf({ url, owner, token, recordingId, format, enrolled, seconds }: Known): readonly string[] {
  return [
    'A demo: pretend recorders, and a controller that keeps nothing. Ctrl-C ends it.',
    `The owner is ${owner.email}, the password ${owner.password}`,
    '',
    `A recording of ${seconds} seconds is being made. To hear it then, from another terminal:`,
    '',
    `  API=${url}/api/v1`,
    `  TOKEN=${token}`,
    '  curl -s -H "authorization: bearer $TOKEN" \\',
    `    $API/recordings/${recordingId}/file -o demo.${format}`,
    '',
    'To make another one, whose id is in the answer:',
    '',
    '  curl -s -H "authorization: bearer $TOKEN" $API/recordings -d \\',
    `    '{"nodeId":"${enrolled[1]?.nodeId}",`,
    `      "recordingProfileId":"${profiles[format]}"}'`,
  ]
}

/** A line of the log would tear the picture, so it is given out when that is gone. */
async function withLogHeld(screen: unknown, work: () => Promise<void>): Promise<void> {
  if (!screen || !process.stderr.isTTY) return work()
  let held: readonly string[] = []
  await startLogging((line) => {
    held = [...held, line].slice(-LINES_HELD_MAX)
  })
  await work().finally(async () => {
    for (const line of held) process.stderr.write(line)
    await startLogging((line) => process.stderr.write(line))
  })
}

import process from 'node:process'
import { fleetOf, identitiesOf, roomsOf } from '../fleet.ts'
import { encodersOf } from '../jobs/encoder.ts'
import type { Clock } from '../run.ts'
import { live } from '../screen/terminal.ts'
import { callOf, type Fetch } from '../wire/call.ts'
import { enroll, type Operator, sessionOf } from '../wire/enroll.ts'
import { linkNotes, notesOf } from './notes.ts'
import { keepLinked, type Link, orderRecording } from './recording.ts'

const NODES = 3
/** Quicker than in the field, so that something happens while one looks. */
const BEATS = { heartbeatMs: 2000, jobPollMs: 1000 }

export interface DemoOptions {
  readonly fetch: Fetch
  readonly url: string
  readonly owner: Operator
  /** The password in the words in which it is shown. */
  readonly passwordSaid: string
  readonly captureSeconds: number
  readonly clock: Clock
  /** Lines of text where there is none. */
  readonly screen: NodeJS.WriteStream | undefined
  readonly stop: AbortController
}

/** A small fleet is enrolled, lives until it is told to stop, and one of it makes a recording that can be heard. */
export async function demo(options: DemoOptions): Promise<void> {
  const { fetch, url, owner, passwordSaid, captureSeconds, clock, screen, stop } = options
  const token = await sessionOf(fetch, url, owner)
  const call = callOf(fetch, url, token)
  const encoders = encodersOf(stop.signal)
  const identities = identitiesOf('Demo Hall', NODES, 'Demo')
  const enrolled = await enroll(call, identities, stop.signal)
  const say = (line: string, alias: string) => screen ?? print(`${alias}: ${line}`)
  const parts = { fetch, url, encoders, ...BEATS, onStop: 'upload', signal: stop.signal, say } as const
  const members = fleetOf(enrolled, identities, roomsOf(NODES, undefined, clock.nowMs()), clock.nowMs(), parts)

  // When it has told of its device, it is asked for the first recording.
  const [recorder, another] = enrolled
  await members[0]?.agent.step(clock.nowMs())
  if (!recorder || stop.signal.aborted) return
  const ordered = await orderRecording(call, recorder.nodeId, encoders)
  const shown = { ...owner, password: passwordSaid }
  const known = { ...ordered, url, owner: shown, token, captureSeconds, nodeId: another?.nodeId }
  let link: Link | undefined
  if (!screen) print(...notesOf(known, link))
  const linking = keepLinked(call, ordered.recordingId, clock, stop.signal, (made) => {
    if (!screen && !link) print('', ...linkNotes(url, made))
    link = made
  })
  const show = { title: `Roomtone on ${url}`, notes: () => notesOf(known, link), members }
  await Promise.all([linking, live(show, screen, clock, stop)])
}

function print(...lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''))
}

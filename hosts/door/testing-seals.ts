import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sealRunner } from '../../core/runners/seal-runner.ts'
import { thinningRunner } from '../../core/runners/thinning-runner.ts'
import type { Line } from '../verify/lines.ts'
import { type Known, Verifier } from '../verify/verifier.ts'
import { settings, type TestRoom } from './testing-room.ts'
import { samplesIn } from './testing-samples.ts'

export const A_MINUTE = 60_000

/** Time goes by, and the seal runner looks; how many entries it sealed. */
export async function seal(room: TestRoom, ms = A_MINUTE): Promise<number> {
  room.clock.at += ms
  return sealRunner.tick(room.room.world, room.clock.at)
}

/** What a reader of everything is given as a file. */
export async function exported(room: TestRoom, token: string, query = ''): Promise<string> {
  const answer = await room.ask('GET', `/audit-events/export?format=ndjson${query}`, { token })
  if (answer.status !== 200) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`)
  return answer.body
}

const NEWLINE = 0x0a

/** What the verifier says of it, a sentence each; nothing where all is well. */
export function faultsOf(file: string | Uint8Array, known: Partial<Known> = {}): readonly string[] {
  const { verifier, chosen } = verified(file, known)
  return verifier.faults.of(chosen).found.map(({ line, text }) => `${line}: ${text}`)
}

export function verified(file: string | Uint8Array, known: Partial<Known> = {}) {
  const verifier = new Verifier({ keyIds: new Set(), seals: new Set(), ...known })
  for (const line of linesIn(Buffer.from(file))) verifier.read(line)
  verifier.end()
  return { verifier, chosen: verifier.manifest?.complete === false }
}

function* linesIn(bytes: Buffer): Generator<Line> {
  let start = 0
  for (let number = 1; start < bytes.length; number++) {
    const end = bytes.indexOf(NEWLINE, start)
    yield { number, bytes: bytes.subarray(start, end < 0 ? undefined : end), ended: end >= 0 }
    start = end < 0 ? bytes.length : end + 1
  }
}

/** The program itself, over a file of its own. */
export async function audited(
  program: readonly string[],
  file: string | Uint8Array,
  more: readonly string[] = [],
): Promise<{ readonly status: number; readonly said: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'roomtone-verify-'))
  const path = join(folder, 'export.ndjson')
  await writeFile(path, file)
  const child = Bun.spawn([...program, path, ...more], { stdout: 'pipe', stderr: 'pipe' })
  const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
  const status = await child.exited
  await rm(folder, { recursive: true })
  return { status, said: out + err }
}

/** A trail of several segments, with reads that were thinned, odd text, and some that is not sealed yet. */
export async function sealedTrail(room: TestRoom): Promise<{ readonly owner: string; readonly file: string }> {
  const owner = await room.signIn()
  await samplesIn(room)
  await seal(room)
  await room.ask('PATCH', `/nodes/${(await room.enrol(owner)).nodeId}`, {
    token: owner,
    body: { alias: 'Ünï "quoted" \\ \u2028 \u{1f600} \u0001', notes: '{"seal":{}}' },
  })
  for (let look = 0; look < 3; look++) await room.ask('GET', `/nodes?q=${look}`, { token: owner })
  await seal(room)
  await samplesIn(room)
  await seal(room)
  room.clock.at += THIN_AFTER_MS
  await thinningRunner.tick(room.room.world, room.clock.at)
  const again = await room.signIn()
  await seal(room)
  await room.enrol(again)
  return { owner: again, file: await exported(room, again) }
}

export const THIN_AFTER_MS = 60 * A_MINUTE
/** How a room is opened whose trail is thinned. */
export const thinning = { settings: { ...settings, auditThinAfterMs: THIN_AFTER_MS } }

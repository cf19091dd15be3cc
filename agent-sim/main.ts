import { readFile } from 'node:fs/promises'
import process from 'node:process'
import { type Arguments, readArguments, USAGE } from './arguments.ts'
import { fleetOf, identitiesOf, roomsOf } from './fleet.ts'
import { encodersOf } from './jobs/encoder.ts'
import { anonymous, type Identity } from './node/inventory.ts'
import { clockOf } from './run.ts'
import { live } from './screen/terminal.ts'
import { readWav } from './sound/wav.ts'
import { whenAskedToStop } from './stop.ts'
import type { Fetch } from './wire/call.ts'
import { type Enrolled, enroll, signIn } from './wire/enroll.ts'

/** The only place in this room that knows what time it is. */
const clock = clockOf(() => Date.now())

try {
  await main(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

async function main(args: readonly string[]): Promise<void> {
  const options = readArguments(args)
  if (options.help) return print(USAGE)
  const sound = options.audio ? readWav(await readFile(options.audio)) : undefined
  const { stop, cut } = whenAskedToStop()
  const network = networkUntil(cut)

  const { nodes, alias, url } = options
  const identities = nodes === 1 ? [{ ...anonymous, alias }] : identitiesOf(alias, nodes, 'Pretend Site')
  const enrolled = await identify(options, identities, network, stop.signal)
  const rooms = roomsOf(enrolled.length, sound, clock.nowMs())
  const screen = process.stdout.isTTY && !options.plain ? process.stdout : undefined
  const say = (line: string, alias: string) => screen ?? print(nodes === 1 ? line : `${alias}: ${line}`)
  const parts = { ...options, fetch: network, encoders: encodersOf(stop.signal), signal: stop.signal, say }
  const members = fleetOf(enrolled, identities, rooms, clock.nowMs(), parts)

  const title = `${members.length === 1 ? `node ${enrolled[0]?.nodeId}` : `${members.length} nodes`} at ${url}`
  print(title)
  await live({ title, notes: () => ['Ctrl-C ends it.'], members }, screen, clock, stop)
  print('stopped')
}

/** A controller that accepts and never answers must not hold a node for ever; an upload may take its hour. */
function networkUntil(cut: AbortSignal): Fetch {
  return (request) => {
    const tooLong = AbortSignal.timeout(request.method === 'PUT' ? 3_600_000 : 60_000)
    return fetch(request, { signal: AbortSignal.any([cut, tooLong]) })
  }
}

async function identify(
  { url, operator, credentials }: Arguments,
  identities: readonly Identity[],
  network: Fetch,
  signal: AbortSignal,
): Promise<readonly Enrolled[]> {
  if (credentials) return [credentials]
  if (!operator) throw new Error(USAGE)
  const enrolled = await enroll(await signIn(network, url, operator), identities, signal)
  for (const [at, { nodeId }] of enrolled.entries()) {
    print(identities.length === 1 ? `enrolled ${nodeId}` : `${identities[at]?.alias}: enrolled ${nodeId}`)
  }
  return enrolled
}

/** Unlike the console, it is told when nobody reads any more. */
function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

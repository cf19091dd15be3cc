import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { OpenOrder } from '../load/open.ts'
import type { Round } from '../load/round.ts'
import { provenance } from '../report/provenance.ts'
import { loadOf } from '../rows/closed-loop.ts'
import { type Loaded, perSecond, spell, warmedUp } from '../rows/in-turn.ts'
import { residentWhile } from '../stage/process.ts'
import { programStage } from '../stage/program.ts'
import { bytesOf, type Fleet } from '../stage/stage.ts'
import { endurance, isWell, type Sample, told } from './endurance.ts'

const USAGE = `Usage: npm run soak:load -- [options]

  --seconds 600   how long
  --share 0.8     of what it was found to be capable of
  --nodes 1000    how many of them beat, and send a frame five times as often

Whether memory grows and how much the event loop lags, while a controller bears most of what it can.`

/** Of every six requests one is a heartbeat. */
const FRAMES_A_BEAT = 5
const CONNECTIONS = 256
const CAPACITY_TIMES = { warmUpMs: 1000, countedMs: 4000 }
/** Of what it bears of each alone. */
const TOO_MUCH = 1.5
const WARM_UP_MS = 4000

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '600' },
    share: { type: 'string', default: '0.8' },
    nodes: { type: 'string', default: '1000' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  console.log(USAGE)
  process.exit(0)
}
const [seconds, share, nodes] = [values.seconds, values.share, values.nodes].map(Number)
if (![seconds, share, nodes].every((each = Number.NaN) => each > 0)) {
  console.error(USAGE)
  process.exit(2)
}
process.exitCode = await soak(seconds ?? 0, share ?? 0, nodes ?? 0)

async function soak(seconds: number, share: number, nodes: number): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'roomtone-lag-'))
  const lagFile = join(folder, 'lag')
  const stage = programStage()
  const settings = { BENCH_LAG_FILE: lagFile }
  const wanted = { size: nodes, settings, preload: join(import.meta.dir, 'lag.ts') }
  try {
    return await stage.alone(wanted, async (fleet) => {
      const beatsPerSecond = (await capacityOf(fleet)) * share
      const rates = [beatsPerSecond, beatsPerSecond * FRAMES_A_BEAT].map((each) => each.toFixed(0))
      console.log(`${values.share} of its capacity: ${rates[0]} heartbeats/s and ${rates[1]} frames/s, ${seconds} s`)
      const linesBefore = linesOf(lagFile).length
      const { samples, round } = await watched(fleet, beatsPerSecond, seconds)
      const lagsMs = linesOf(lagFile)
        .slice(linesBefore)
        .flatMap((line) => line.split(' ').map(Number))
      const found = endurance(samples, lagsMs)
      const about = Object.entries(provenance()).map(([name, value]) => `${name}: ${value}`)
      console.log([told(found, round), ...about].join('\n'))
      return isWell(found) && round.errors === 0 ? 0 : 1
    })
  } finally {
    await stage.clear()
    await rm(folder, { recursive: true, force: true })
  }
}

/** How many heartbeats a second it bears, with the frames that go with each: so many as are answered when more are due. */
async function capacityOf(fleet: Required<Fleet>): Promise<number> {
  const alone: number[] = []
  for (const workload of ['heartbeat', 'frame'] as const) {
    const load = loadOf({ workload, connections: CONNECTIONS }, fleet, await bytesOf(fleet, workload))
    await warmedUp([load], WARM_UP_MS)
    alone.push(perSecond([await spell(load, CAPACITY_TIMES)]))
  }
  const [beats = 0, frames = 0] = alone
  const tooMany = await mixed(fleet, TOO_MUCH / (1 / beats + FRAMES_A_BEAT / frames))
  const borne = await spell(tooMany, CAPACITY_TIMES)
  if (borne.errors > 0) throw new Error(`it does not answer as it should: ${borne.faults.join(', ')}`)
  console.log(
    `its capacity: ${perSecond([borne]).toFixed(0)} requests/s, with ${borne.driverCores.toFixed(2)} cores of the driver`,
  )
  return perSecond([borne]) / (1 + FRAMES_A_BEAT)
}

/** Heartbeats with the frames that go with each, when they are due. */
async function mixed({ place, targets }: Fleet, beatsPerSecond: number): Promise<Loaded<OpenOrder>> {
  const fleet = { place, targets, session: '' }
  const everyMs = (targets.length * 1000) / beatsPerSecond
  const streams = [
    { workload: 'heartbeat', everyMs, replyBytes: await bytesOf(fleet, 'heartbeat') },
    { workload: 'frame', everyMs: everyMs / FRAMES_A_BEAT, replyBytes: await bytesOf(fleet, 'frame') },
  ] as const
  return { place, order: { loop: 'open', answers: 'controller', targets, connections: CONNECTIONS, streams } }
}

async function watched(
  fleet: Required<Fleet>,
  beatsPerSecond: number,
  seconds: number,
): Promise<{ samples: readonly Sample[]; round: Round }> {
  const load = await mixed(fleet, beatsPerSecond)
  const spelled = spell(load, { warmUpMs: 0, countedMs: seconds * 1000 })
  const { done: round, residentMiB } = await residentWhile(fleet.controller.pid, spelled)
  return { round, samples: residentMiB.map((each, atSeconds) => ({ atSeconds, residentMiB: each })) }
}

function linesOf(file: string): readonly string[] {
  return readFileSync(file, 'utf8').split('\n').filter(Boolean)
}

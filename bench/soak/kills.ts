import { parseArgs } from 'node:util'
import { databasePid, isAlive } from '../../hosts/process/testing-process.ts'
import { provenance } from '../report/provenance.ts'
import type { Controller } from '../stage/controller.ts'
import { programStage } from '../stage/program.ts'
import type { Stage } from '../stage/stage.ts'
import { WaitingJobs } from '../stage/waiting-jobs.ts'
import { seeded } from '../statistics.ts'
import { broken, readTables } from './tables.ts'
import { Witness } from './witness.ts'

const USAGE = `Usage: npm run soak:kills -- [options]

  --kills 10       of the host and of its PostgreSQL in turn, while both do all that they can
  --seed N         when they come

Every heartbeat and claim that was answered with yes, and its audit entry, has to be in the database afterwards.`

export interface Kept {
  readonly beats: number
  readonly claims: number
  /** How many answers there were between the kills, each of which shows that it had healed. */
  readonly between: readonly number[]
  readonly wrong: readonly string[]
}

const NODES = 200
const CONNECTIONS = 64
/** For the time between two kills. Whoever finds none left is told so, which is no fault. */
const JOBS_A_KILL = 20
/** A kill comes so long after everything works again. */
const WORK_MS = [500, 2500] as const
/** What has not healed by then does not. */
const HEALING_MS_MAX = 60_000

/** Each beat is recorded by itself, so that each can be looked for; and no lease runs out. */
const SETTINGS = {
  ROOMTONE_AUDIT_FOLDING: 'off',
  ROOMTONE_JOB_LEASE_SECONDS: '86400',
  ROOMTONE_LEASE_INTERVAL_SECONDS: '0',
}

export async function underKills(kills: number, seed: number, stage: Stage): Promise<Kept> {
  return stage.alone({ size: NODES, settings: SETTINGS }, async (fleet) => {
    const { controller, targets } = fleet
    await (await WaitingJobs.on(fleet, (kills + 1) * JOBS_A_KILL)).fill()
    const next = seeded(seed)
    const witness = new Witness(controller.url, targets, CONNECTIONS)
    const between: number[] = []
    for (let i = 0; i <= kills; i++) {
      const before = witness.answered
      await healed(() => witness.answered > before)
      await Bun.sleep(WORK_MS[0] + next() * (WORK_MS[1] - WORK_MS[0]))
      if (i < kills) await (i % 2 === 0 ? killHost(controller) : killDatabase(controller))
      between.push(witness.answered - before)
    }
    const acknowledged = await witness.end()
    const beats = [...acknowledged.beats.values()].reduce((sum, { count }) => sum + count, 0)
    const wrong = broken(acknowledged, await readTables(controller))
    return { beats, claims: acknowledged.claims.length, between, wrong }
  })
}

/** Its database goes down by itself, and the next host waits for that. */
async function killHost(controller: Controller): Promise<void> {
  await controller.kill()
  await controller.start()
}

/** The host starts it again. */
async function killDatabase(controller: Controller): Promise<void> {
  const killed = databasePid(controller.folder)
  if (killed === undefined) throw new Error('there is no database to be killed')
  process.kill(killed, 'SIGKILL')
  const found = () => databasePid(controller.folder)
  await healed(() => found() !== killed && isAlive(found()))
  await controller.ready()
}

async function healed(holds: () => boolean): Promise<void> {
  for (let waitedMs = 0; !holds(); waitedMs += 10) {
    if (waitedMs > HEALING_MS_MAX) throw new Error('it has not healed within a minute')
    await Bun.sleep(10)
  }
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      kills: { type: 'string', default: '10' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      help: { type: 'boolean', default: false },
    },
  })
  const [kills = 0, seed = 0] = [values.kills, values.seed].map(Number)
  if (values.help || !Number.isSafeInteger(kills) || kills < 1 || !Number.isSafeInteger(seed)) {
    console.log(USAGE)
    return values.help ? 0 : 2
  }
  const stage = programStage()
  const { beats, claims, between, wrong } = await underKills(kills, seed, stage).finally(() => stage.clear())
  console.log(`${kills} kills from seed ${seed}, commit ${provenance().commit}`)
  console.log(`${beats} heartbeats and ${claims} claims acknowledged (${between.join(', ')} between the kills)`)
  console.log([`${wrong.length} of them not kept`, ...wrong.slice(0, 20)].join('\n  '))
  return wrong.length === 0 ? 0 : 1
}

if (import.meta.main) process.exitCode = await main()

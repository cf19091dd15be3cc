import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { provenance } from '../report/provenance.ts'
import type { Controller } from '../stage/controller.ts'
import { databaseOf } from '../stage/database.ts'
import { asked } from '../stage/enrol.ts'
import { memoryOf } from '../stage/process.ts'
import { programStage } from '../stage/program.ts'
import type { Fleet, Stage } from '../stage/stage.ts'
import { median, seeded } from '../statistics.ts'
import { requestOf, requestsFor, type Target } from '../workloads.ts'
import { type Attempt, Recorder, type Rhythm } from './recorder.ts'
import { falselyOffline, type Second, type ShownOffline, secondsOf, settledAfter } from './settling.ts'

const USAGE = `Usage: npm run soak:storm -- [options]

  --nodes 5000     how many recorders beat, each on a connection of its own and every five seconds
  --jobs 100       how many of them hold a job
  --calm 15        seconds before everything is broken
  --seconds 60     seconds after that

The host is killed with all of its connections, and started again. Every recorder comes back at once. It has to settle
within 30 s: all answered, 99 of 100 within 25 ms; nobody may be shown as offline, and no job may be lost.`

export interface Storm {
  readonly nodes: number
  readonly jobs: number
  readonly everyMs: number
  readonly calmMs: number
  readonly watchedMs: number
}

export interface Weathered {
  readonly seconds: readonly Second[]
  /** Of beats of nodes; those of jobs are few, and only have to hold their leases. */
  readonly settledAfter: number | undefined
  /** From when it was killed until it served again. */
  readonly downMs: number
  readonly peakMiB: number
  /** How often it could be asked who is offline while all this went on. */
  readonly looks: number
  /** What must not be, in words. */
  readonly wrong: readonly string[]
}

const P99_MS_MAX = 25
const SETTLED_SECONDS_MAX = 30
const JOB_BEAT_MS = 2000
const LOOK_MS = 500
/** Far less than what a fleet is given, so that whoever is not heard for a few beats is seen. */
const OFFLINE_AFTER_SECONDS = 20
const SETTINGS = {
  ROOMTONE_NODE_OFFLINE_AFTER_SECONDS: `${OFFLINE_AFTER_SECONDS}`,
  ROOMTONE_LEASE_INTERVAL_SECONDS: '1',
}

export async function weather(storm: Storm, stage: Stage): Promise<Weathered> {
  return stage.alone({ size: storm.nodes, settings: SETTINGS }, async (fleet) => {
    const { controller, targets, session } = fleet
    const jobs = await claimed(fleet, storm.jobs)
    const url = new URL(controller.url)
    const beats: Attempt[] = []
    const jobBeats: Attempt[] = []
    const chance = seeded(1)
    const recorders = [
      ...targets.map((each) => new Recorder(url, beating(each, url, storm, chance()), (one) => beats.push(one))),
      ...jobs.map((each) => new Recorder(url, working(each, url, chance()), (one) => jobBeats.push(one))),
    ]
    const watch = new Watch(controller.url, session)
    await Bun.sleep(storm.calmMs)
    const brokenMs = performance.now()
    await controller.kill()
    await controller.start()
    const downMs = performance.now() - brokenMs
    await Bun.sleep(storm.watchedMs - downMs)
    const endMs = performance.now()
    const { peakMiB } = memoryOf(controller.pid)
    const { shown, looks } = await watch.end()
    for (const each of recorders) each.end()
    const settling = { brokenMs, endMs, everyMs: storm.everyMs, p99MsMax: P99_MS_MAX }
    return {
      seconds: secondsOf(beats, brokenMs),
      settledAfter: settledAfter(beats, settling),
      downMs,
      peakMiB,
      looks,
      wrong: [
        ...offlineOnes(shown, beats),
        ...unheard(targets, beats, brokenMs, 'nodes'),
        ...unheard(jobs, jobBeats, brokenMs, 'nodes with a job'),
        ...refused(beats, 'a beat'),
        ...refused(jobBeats, 'the beat of a job'),
        ...(await harmIn(controller, jobs.length)),
      ],
    }
  })
}

interface Claimed extends Target {
  readonly jobId: string
}

/** By the door that everyone uses. */
async function claimed({ place, session, targets }: Fleet, many: number): Promise<readonly Claimed[]> {
  const api = `${place.url}/api/v1`
  const jobs: Claimed[] = []
  for (const { nodeId, token } of targets.slice(0, many)) {
    await asked('POST', `${api}/recordings`, { nodeId, recordingProfileId: 'voice-wav' }, session)
    const claim = await asked('POST', `${api}/nodes/${nodeId}/recording-jobs/claim-next`, undefined, token)
    jobs.push({ nodeId, token, jobId: (await claim.json()).data.id })
  }
  return jobs
}

/** Each was switched on at some moment, which gives it its own. */
function beating(target: Target, { host }: URL, { everyMs }: Storm, phase: number): Rhythm {
  const beats = requestsFor('heartbeat', target, host, 2)
  const request = (turn: number) => beats[turn % beats.length] ?? Buffer.alloc(0)
  return { nodeId: target.nodeId, everyMs, phaseMs: phase * everyMs, request }
}

function working({ nodeId, token, jobId }: Claimed, { host }: URL, phase: number): Rhythm {
  const beat = requestOf({ method: 'POST', path: `/api/v1/recording-jobs/${jobId}/heartbeat`, token, host })
  return { nodeId, everyMs: JOB_BEAT_MS, phaseMs: phase * JOB_BEAT_MS, request: () => beat }
}

/** Someone who looks at the list of those who are offline, all the while. */
class Watch {
  readonly #shown: ShownOffline[] = []
  readonly #looking: Promise<void>
  #looks = 0
  #over = false

  constructor(url: string, session: string) {
    this.#looking = this.#look(`${url}/api/v1/nodes?status=offline&limit=500`, session)
  }

  async end(): Promise<{ readonly shown: readonly ShownOffline[]; readonly looks: number }> {
    this.#over = true
    await this.#looking
    return { shown: this.#shown, looks: this.#looks }
  }

  async #look(url: string, session: string): Promise<void> {
    for (; !this.#over; await Bun.sleep(LOOK_MS)) {
      const askedMs = performance.now()
      // Whoever cannot be asked shows nobody.
      const answer = await asked('GET', url, undefined, session).catch(() => undefined)
      if (!answer) continue
      const { data } = await answer.json()
      const answeredMs = performance.now()
      this.#looks++
      for (const { id } of data) this.#shown.push({ nodeId: id, askedMs, answeredMs })
    }
  }
}

/** All of them are alive, so that nobody should be shown; least of all who had been heard. */
function offlineOnes(shown: readonly ShownOffline[], beats: readonly Attempt[]): readonly string[] {
  const nodes = new Set(shown.map(({ nodeId }) => nodeId))
  const falsely = new Set(falselyOffline(shown, beats, OFFLINE_AFTER_SECONDS * 1000).map(({ nodeId }) => nodeId))
  return nodes.size === 0 ? [] : [`${nodes.size} nodes were shown as offline, ${falsely.size} of them had been heard`]
}

function unheard(
  targets: readonly Target[],
  beats: readonly Attempt[],
  brokenMs: number,
  what: string,
): readonly string[] {
  const back = beats.filter(({ outcome, endMs }) => outcome === 'answered' && endMs > brokenMs)
  const lost = targets.length - new Set(back.map(({ nodeId }) => nodeId)).size
  return lost === 0 ? [] : [`${lost} ${what} did not come back`]
}

function refused(attempts: readonly Attempt[], what: string): readonly string[] {
  const many = attempts.filter(({ outcome }) => outcome === 'refused').length
  return many === 0 ? [] : [`${what} was refused ${many} times`]
}

/** By SQL, past everything that the controller may have in mind. */
async function harmIn(controller: Controller, jobs: number): Promise<readonly string[]> {
  const sql = await databaseOf(controller)
  const [found] = await sql<{ running: number; told: number }[]>`select
    (select count(*)::int from jobs where status = 'running') as running,
    (select count(*)::int from health_events where type = 'watchdog.node_offline') as told`
  await sql.end()
  const { running = 0, told = 0 } = found ?? {}
  return [
    ...(running === jobs ? [] : [`${jobs - running} of ${jobs} jobs were lost`]),
    ...(told === 0 ? [] : [`${told} nodes were reported as offline`]),
  ]
}

/** Each recorder has a connection, and so has the controller's end of it. */
const SPARE_FILES = 200

function filesMax(): number {
  const said = Bun.spawnSync(['sh', '-c', 'ulimit -n']).stdout.toString().trim()
  return said === 'unlimited' ? Number.POSITIVE_INFINITY : Number(said)
}

const line = ({ at, p99Ms, answered, sentAway, cutOff, refused }: Second) =>
  [`${at} s`, p99Ms.toFixed(1), answered, sentAway, cutOff, refused].map((each) => `${each}`.padStart(10)).join('')

function report({ seconds, settledAfter, downMs, peakMiB, looks, wrong }: Weathered): string {
  const calm = median(seconds.filter(({ at }) => at < 0).map(({ p99Ms }) => p99Ms))
  const settled = settledAfter === undefined ? 'it never settled' : `settled ${settledAfter} s after the kill`
  return [
    ['due', 'p99 ms', 'answered', 'sent away', 'cut off', 'refused'].map((each) => each.padStart(10)).join(''),
    ...seconds.map(line),
    `${settled} (at most ${SETTLED_SECONDS_MAX}); p99 of a calm second ${calm.toFixed(1)} ms, as a median`,
    `down for ${(downMs / 1000).toFixed(1)} s, then ${peakMiB.toFixed(0)} MiB at most; asked ${looks} times who is offline`,
    ...wrong,
    ...Object.entries(provenance()).map(([name, value]) => `${name}: ${value}`),
  ].join('\n')
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      nodes: { type: 'string', default: '5000' },
      jobs: { type: 'string', default: '100' },
      calm: { type: 'string', default: '15' },
      seconds: { type: 'string', default: '60' },
      help: { type: 'boolean', default: false },
    },
  })
  const [wanted = 0, jobs = 0, calm = 0, seconds = 0] = [values.nodes, values.jobs, values.calm, values.seconds].map(
    Number,
  )
  if (values.help || ![wanted, jobs, calm, seconds].every((each) => each > 0)) {
    console.log(USAGE)
    return values.help ? 0 : 2
  }
  const nodes = Math.min(wanted, filesMax() - jobs - SPARE_FILES)
  if (nodes < wanted) console.log(`only ${nodes} nodes: no more files may be open (ulimit -n)`)
  const stage = programStage()
  const storm = { nodes, jobs: Math.min(jobs, nodes), everyMs: 5000, calmMs: calm * 1000, watchedMs: seconds * 1000 }
  const weathered = await weather(storm, stage).finally(() => stage.clear())
  console.log(report(weathered))
  const { settledAfter: settled = Number.POSITIVE_INFINITY, wrong } = weathered
  return wrong.length === 0 && settled <= SETTLED_SECONDS_MAX ? 0 : 1
}

if (import.meta.main) process.exitCode = await main()

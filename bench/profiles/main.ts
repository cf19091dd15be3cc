import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClosedOrder } from '../load/closed.ts'
import { provenance } from '../report/provenance.ts'
import { loadOf } from '../rows/closed-loop.ts'
import { type Loaded, spell, warmedUp } from '../rows/in-turn.ts'
import { programStage } from '../stage/program.ts'
import { bytesOf, type Fleet } from '../stage/stage.ts'
import { WaitingJobs } from '../stage/waiting-jobs.ts'
import type { Target, WorkloadName } from '../workloads.ts'
import { type CpuProfile, costs, table } from './table.ts'

/*
 * Where each microsecond of a request goes, as the runtime's own sampler sees it, written down beside this program. A profiled
 * controller is slower than another: the figures are for being compared with each other.
 */

interface Profiled {
  readonly workload: WorkloadName
  readonly says: string
  readonly nodes: number
  readonly connections: number
  /** Of whom it is asked, where it is not a recorder. */
  readonly as?: (fleet: Fleet) => readonly Target[]
}

const profiled: readonly Profiled[] = [
  { workload: 'heartbeat', says: 'heartbeats', nodes: 1000, connections: 256 },
  { workload: 'frame', says: 'meter frames of 8 channels', nodes: 50, connections: 16 },
  { workload: 'claim', says: 'claims of waiting jobs', nodes: 1000, connections: 16 },
  { workload: 'emptyClaim', says: 'claims that find nothing', nodes: 50, connections: 16 },
  {
    workload: 'nodes',
    says: 'first pages of GET /nodes',
    nodes: 1000,
    connections: 1,
    as: ({ session }) => [{ nodeId: '', token: session }],
  },
]

/** On each node, for each spell. */
const WAITING_JOBS = 60
const WARM_UP_MS = 6000
const COUNTED_MS = 4000

const stage = programStage()
for (const each of profiled) await profile(each)

async function profile({ workload, says, nodes, connections, as }: Profiled): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'roomtone-profile-'))
  const settings = {
    BUN_OPTIONS: `--cpu-prof --cpu-prof-dir=${folder}`,
    ROOMTONE_LEASE_INTERVAL_SECONDS: '0',
    ROOMTONE_JOB_LEASE_SECONDS: '86400',
  }
  let pid = 0
  const { round } = await stage.alone({ size: nodes, settings }, async (own) => {
    const fleet: Fleet = as ? { ...own, targets: as(own) } : own
    pid = own.controller.pid
    const jobs = workload === 'claim' ? await WaitingJobs.on(own, WAITING_JOBS) : undefined
    const { targets = fleet.targets, replyBytes = await bytesOf(fleet, workload) } = jobs ?? {}
    const load: Loaded<ClosedOrder> = {
      ...loadOf({ workload, connections }, { ...fleet, targets }, replyBytes),
      ...(jobs && { before: () => jobs.fill() }),
    }
    if (!as) await warmedUp([load], WARM_UP_MS)
    return { round: await spell(load, { warmUpMs: 500, countedMs: COUNTED_MS }) }
  })
  if (round.errors > 0) throw new Error(`${says}: ${round.faults[0]}`)
  const [name] = (await readdir(folder)).filter((each) => each.includes(`.${pid}.`))
  const read: CpuProfile = await Bun.file(join(folder, name ?? '')).json()
  await rm(folder, { recursive: true, force: true })

  const { commit, machine, system } = provenance()
  const seconds = COUNTED_MS / 1000
  const text = [
    `${says}, ${nodes.toLocaleString('en')} nodes, ${connections} ${connections === 1 ? 'connection' : 'connections'}, profiled: ${(1e6 / round.perCpuSecond).toFixed(1)} us of CPU a request`,
    `commit ${commit}, ${machine}, ${system}`,
    '',
    table(costs(read, seconds), (round.requests / round.seconds) * seconds),
  ].join('\n')
  await Bun.write(join(import.meta.dir, `${workload}.txt`), `${text}\n`)
  console.log(text.split('\n')[0])
}

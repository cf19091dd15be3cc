import type { ClosedOrder } from '../load/closed.ts'
import type { Pace } from '../pace.ts'
import { countJobs, writeFinishedJobs } from '../stage/database.ts'
import type { Fleet, Place, Stage } from '../stage/stage.ts'
import { WaitingJobs } from '../stage/waiting-jobs.ts'
import { asidesOf, loadOf } from './closed-loop.ts'
import { faultsOf, inTurn, type Loaded, ratioOf, warmedUp } from './in-turn.ts'
import { atLeast, type Measured, type Row } from './row.ts'

const CONNECTIONS = 16

export const claims = (pace: Pace): readonly Row[] => [emptyClaims(pace), waitingClaims(pace)]

/** What every recorder asks all day, and is told that there is nothing to do. */
function emptyClaims({ fleets, finishedJobs }: Pace): Row {
  const finished = finishedJobs.toLocaleString('en')
  return {
    number: '6',
    name: `empty claim-next, and behind ${finished} finished jobs, ${fleets.small} nodes, ${CONNECTIONS} connections`,
    async measure(stage, pace) {
      const fresh = await stage.fleet(fleets.small)
      if (stage.given) return measuredEmpty(stage, pace, [fresh])
      return stage.alone({ size: fleets.small }, async (old) => {
        await writeFinishedJobs(old, finishedJobs)
        return measuredEmpty(stage, pace, [fresh, old])
      })
    },
  }
}

async function measuredEmpty(stage: Stage, pace: Pace, fleets: readonly Fleet[]): Promise<Measured> {
  return stage.withYardstick({}, async (yardstick) => {
    const ours = fleets.map((each) => loadOf({ workload: 'emptyClaim', connections: CONNECTIONS }, each, 0))
    const bare = ours
      .slice(0, 1)
      .map(({ order }) => ({ place: yardstick, order: { ...order, answers: 'yardstick' } as const }))
    const warmUp = await warmedUp([...bare, ...ours], pace.firstWarmUpMs)
    const { of, all } = await inTurn([...bare, ...ours], pace.rounds, pace.spell)
    const [theirs, fresh, old] = of
    return {
      figures: [
        { name: 'ratio to B', measured: ratioOf(fresh, theirs), aim: atLeast(0.45, 0.6) },
        ...(old ? [{ name: 'behind history over without', measured: ratioOf(old, fresh), aim: atLeast(0.9) }] : []),
      ],
      asides: asidesOf(fresh, theirs),
      ...(!old && { notes: ['not behind history, which is written into the database of a controller of ours'] }),
      ...faultsOf([...warmUp, ...all]),
    }
  })
}

/**
 * Each is durable before the answer, and is handed out once. Nothing looks after leases, which are long; and before each spell
 * as many wait again.
 */
function waitingClaims({ fleets, claims }: Pace): Row {
  const nodes = fleets.middle.toLocaleString('en')
  return {
    number: '7',
    name: `claims of waiting jobs, ${nodes} nodes with ${claims.perNode} each, ${CONNECTIONS} connections`,
    needsOwn: true,
    measure: (stage, pace) =>
      stage.alone({ size: fleets.middle, settings: UNHURRIED }, async (fleet) => {
        const jobs = await WaitingJobs.on(fleet, claims.perNode)
        return stage.withYardstick({ claim: jobs.replyBytes }, (yardstick) =>
          measuredWaiting(fleet, jobs, yardstick, pace),
        )
      }),
  }
}

async function measuredWaiting(
  fleet: Required<Fleet>,
  jobs: WaitingJobs,
  yardstick: Place,
  { claims }: Pace,
): Promise<Measured> {
  const ours: Loaded<ClosedOrder> = {
    ...loadOf({ workload: 'claim', connections: CONNECTIONS }, { ...fleet, targets: jobs.targets }, jobs.replyBytes),
    before: () => jobs.fill(),
  }
  const theirs = { place: yardstick, order: { ...ours.order, answers: 'yardstick' as const } }
  const warmUp = []
  for (let i = 0; i < claims.warmUps; i++) warmUp.push(...(await warmedUp([ours], claims.countedMs)))
  const theirWarmUp = await warmedUp([theirs], claims.countedMs)
  const { of, all } = await inTurn([ours, theirs], claims.rounds, claims)
  const [claimed = [], bare] = of
  const { errors, faults } = faultsOf([...warmUp, ...theirWarmUp, ...all])
  const handedOut = [...warmUp, ...claimed].flatMap((round) => round.handedOut)
  const twice = onceEach(handedOut, jobs.heralded, await countJobs(fleet, 'running'))
  return {
    figures: [
      { name: 'ratio to B', measured: ratioOf(claimed, bare), aim: atLeast(0.12, 0.2) },
      { name: 'ratio to B, incl. DB', measured: ratioOf(claimed, bare, 'perCpuSecondWithDatabase') },
    ],
    asides: { ...asidesOf(claimed, bare), 'claimed, each once': handedOut.length },
    errors: errors + twice.length,
    faults: [...faults, ...twice],
  }
}

const UNHURRIED = { ROOMTONE_LEASE_INTERVAL_SECONDS: '0', ROOMTONE_JOB_LEASE_SECONDS: '86400' }
/** What is wrong with what was handed out, beside what the controller itself says that is running. */
export function onceEach(handedOut: readonly string[], toOthers: number, running: number): readonly string[] {
  const different = new Set(handedOut).size
  return [
    ...(different < handedOut.length ? [`${handedOut.length - different} jobs were handed out more than once`] : []),
    ...(running === different + toOthers
      ? []
      : [`${different + toOthers} jobs were handed out, and ${running} are running`]),
  ]
}

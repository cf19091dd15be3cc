import type { Pace } from '../pace.ts'
import type { Runtime } from '../stage/runtimes.ts'
import { bytesOf } from '../stage/stage.ts'
import { asidesOf, closedLoop, loadOf } from './closed-loop.ts'
import { faultsOf, inTurn, ratioOf, warmedUp } from './in-turn.ts'
import { atLeast, type Row } from './row.ts'

/** Durable before the answer, and audited. */
export const heartbeats = (pace: Pace): readonly Row[] => [
  fewHeartbeats(pace),
  closedLoop(
    {
      number: '2',
      says: 'heartbeats',
      workload: 'heartbeat',
      answers: 'heartbeat',
      fleet: 'middle',
      connections: 256,
      ratio: atLeast(0.36, 0.45),
    },
    pace,
  ),
  independence(pace),
]

export const fewHeartbeats = (pace: Pace, runtime?: Runtime): Row =>
  closedLoop(
    {
      number: '1',
      says: 'heartbeats',
      workload: 'heartbeat',
      answers: 'heartbeat',
      fleet: 'small',
      connections: 16,
      ...(runtime && { runtime }),
      ratio: atLeast(0.28, 0.36),
      ratioWithDatabase: atLeast(0.18, 0.24),
    },
    pace,
  )

/** The same load on controllers that differ in how many are enrolled, and all of them beat. */
function independence({ fleets }: Pace): Row {
  const sizes = [fleets.small, fleets.middle, fleets.large]
  const [small = '', , large = ''] = sizes.map((size) => size.toLocaleString('en'))
  return {
    number: '3',
    name: `heartbeats at ${large} nodes over ${small} nodes, 16 connections`,
    async measure(stage, pace) {
      // In this order: one that is given only grows.
      const all = [await stage.fleet(fleets.small), await stage.fleet(fleets.middle), await stage.fleet(fleets.large)]
      const [first] = all
      if (!first) throw new Error('there is no fleet')
      const bytes = await bytesOf(first, 'heartbeat')
      return stage.withYardstick({ heartbeat: bytes }, async (yardstick) => {
        const ours = all.map((fleet) => loadOf({ workload: 'heartbeat', connections: 16 }, fleet, bytes))
        const theirs = { place: yardstick, order: { ...ours[0]?.order, answers: 'yardstick' } } as (typeof ours)[number]
        const warmUp = await warmedUp([...ours, theirs], pace.firstWarmUpMs)
        const { of, all: rounds } = await inTurn([...ours, theirs], pace.rounds, pace.spell)
        const [few, some, many, bare] = of
        const costs = [few, some, many].map((each, i) => ({
          nodes: sizes[i] ?? 0,
          alone: ratioOf(bare, each),
          withDatabase: ratioOf(bare, each, 'perCpuSecond', 'perCpuSecondWithDatabase'),
        }))
        const withDatabase = 'perCpuSecondWithDatabase'
        return {
          figures: [
            { name: 'many over few', measured: ratioOf(many, few), aim: atLeast(0.75, 0.85) },
            { name: 'many over few, incl. DB', measured: ratioOf(many, few, withDatabase, withDatabase) },
          ],
          asides: asidesOf(many, bare),
          ...(stage.given && {
            notes: ['one controller, to which more and more nodes speak: all were enrolled before'],
          }),
          costs,
          ...faultsOf([...warmUp, ...rounds]),
        }
      })
    },
  }
}

import type { ClosedOrder } from '../load/closed.ts'
import type { Round } from '../load/round.ts'
import type { Pace } from '../pace.ts'
import { asked, signIn } from '../stage/enrol.ts'
import { bytesOf, type Fleet } from '../stage/stage.ts'
import { spreadOf } from '../statistics.ts'
import { SCOPED_SITE, type Target, type WorkloadName } from '../workloads.ts'
import { faultsOf, inTurn, type Loaded, middle } from './in-turn.ts'
import { atMost, type Figure, type Row } from './row.ts'

/** What the console's first page costs, whoever looks and however many nodes there are. */
export const lists = ({ fleets }: Pace): readonly Row[] => [
  {
    number: '10',
    name: `GET /nodes, first page of 100, at ${fleets.middle.toLocaleString('en')} and ${fleets.large.toLocaleString('en')} nodes`,
    async measure(stage, pace) {
      const pages: Page[] = []
      for (const size of [fleets.middle, fleets.large]) pages.push(...(await pagesOf(await stage.fleet(size), size)))
      const loaded = pages.map((each) => each.load)
      const { of, all } = await inTurn(loaded, pace.rounds, pace.spell)
      const rounds = pages.map((page, i): Shown => ({ ...page, rounds: of[i] ?? [] }))
      const isScoped = pages.some(({ load }) => load.order.workload === 'scopedNodes')
      return {
        figures: [...rounds.map(p50Of), withinOf(rounds, pace.rounds)],
        asides: Object.fromEntries(
          rounds.map(({ name, rounds }) => [`${name}, p99 ms`, middle(rounds, (each) => each.p99Ms)]),
        ),
        ...(!isScoped && { notes: ['unscoped only: this controller takes no new user'] }),
        ...faultsOf(all),
      }
    },
  },
]

interface Page {
  readonly name: string
  readonly load: Loaded<ClosedOrder>
}

interface Shown extends Page {
  readonly rounds: readonly Round[]
}

async function pagesOf(fleet: Fleet, size: number): Promise<readonly Page[]> {
  const scoped = await scopedSession(fleet)
  const at = `at ${size.toLocaleString('en')}`
  return [
    { name: `unscoped, ${at}`, load: await pageOf(fleet, 'nodes', fleet.session) },
    ...(scoped ? [{ name: `scoped, ${at}`, load: await pageOf(fleet, 'scopedNodes', scoped) }] : []),
  ]
}

/** One who looks again as soon as the page is there. */
async function pageOf(fleet: Fleet, workload: WorkloadName, token: string): Promise<Loaded<ClosedOrder>> {
  const targets: readonly Target[] = [{ nodeId: '', token }]
  const replyBytes = await bytesOf({ ...fleet, targets }, workload)
  const order = { loop: 'closed', answers: 'controller', workload, targets, connections: 1, replyBytes } as const
  return { place: fleet.place, order }
}

/** Of someone who may see one of the two sites. */
async function scopedSession({ place, session }: Fleet): Promise<string | undefined> {
  const url = `${place.url}/api/v1`
  const account = { email: `bench-${crypto.randomUUID()}@roomtone.local`, password: 'a password for the bench' }
  const resourceGrants = [{ resourceType: 'site', resourceId: SCOPED_SITE }]
  const body = { ...account, name: 'Bench', roles: ['viewer'], resourceGrants }
  const made = await asked('POST', `${url}/auth/users`, body, session).catch(() => undefined)
  return made && signIn(place.url, account)
}

const p50Of = ({ name, rounds }: Shown): Figure => ({
  name: `p50 ms, ${name}`,
  measured: spreadOf(rounds.map(({ p50Ms }) => p50Ms)),
  aim: atMost(3, 1.5),
})

/** The slowest over the fastest of them, round by round. */
function withinOf(shown: readonly Shown[], rounds: number): Figure {
  const factors = Array.from({ length: rounds }, (_, i) => {
    const p50s = shown.map((each) => each.rounds[i]?.p50Ms ?? Number.NaN)
    return Math.max(...p50s) / Math.min(...p50s)
  })
  return { name: 'slowest over fastest', measured: spreadOf(factors), aim: atMost(2) }
}

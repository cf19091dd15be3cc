import { afterAll, describe, expect, test } from 'bun:test'
import { memoryMedia } from '../../adapters/media/memory.ts'
import type { Role } from '../../core/access/permission.ts'
import type { Grant } from '../../core/access/rule.ts'
import { nameOf, ourRoutes } from '../contract/routes.ts'
import { asksOf, denyTo } from './testing-authority.ts'
import { type Elsewhere, muchElsewhere } from './testing-far-fleet.ts'
import { withId } from './testing-ids.ts'
import { plainPasswords } from './testing-passwords.ts'
import { type OpenStorage, OWNER, TestRoom } from './testing-room.ts'
import { type Sample, samplesIn } from './testing-samples.ts'
import { CountedIds, everyTwins, type Twins } from './testing-twins.ts'

type Route = (typeof ourRoutes)[number]

/** Whatever answers with what there is: GET, exports by POST, and probes, which have no operation. */
const reads = ourRoutes.filter(
  ({ method, path, operations }) =>
    (method === 'GET' || path.endsWith('/export')) &&
    (operations.length === 0 || operations.some(({ audience }) => audience === 'user')),
)
const isGated = ({ operations }: Route) => operations.some(({ permission }) => permission !== undefined)
const isLookAround = (route: Route) =>
  isGated(route) && asksOf(nameOf(route)).of === 'collection' && !/:/.test(route.path)

const HERE: Grant = { resourceType: 'site', resourceId: 'North' }
const ELSEWHERE: Grant = { resourceType: 'site', resourceId: 'South' }
/** Now: a database remembers only sessions that have not ended by its own clock. */
const T0 = Date.now()
/** So much later that nothing is counted as a repeat of what was before. */
const LATER_MS = 10 * 60_000

interface Caller {
  readonly called: string
  readonly token: string
}

/** A controller whose every id, time and byte is known beforehand. */
async function opened(storage: OpenStorage, media: ReturnType<typeof memoryMedia>, from: number, at: number) {
  const ids = new CountedIds(from)
  const clock = { at }
  const room = await TestRoom.open(storage, { ids, media, now: () => clock.at, passwords: plainPasswords })
  const goOn = (number: number, time: number) => {
    ids.at = number
    clock.at = time
    room.clock.at = time
  }
  goOn(ids.at, at)
  return { room, goOn }
}

/** One world, built over the API, with callers of every role whose scope is one site of two; and what it takes to ask there. */
async function built({ first }: Twins, media: ReturnType<typeof memoryMedia>) {
  const { room } = await opened(first, media, 0x1000, T0)
  const owner = await room.signIn()
  const samples = await samplesIn(room)
  await room.enrol(owner, { location: { site: 'South', room: 'Court 1' } })
  const { body } = await room.ask('GET', '/recordings?limit=1', { token: owner })
  const { path = '', token = '' } = samples.get('GET /api/v1/nodes/:/config') ?? {}
  const near = { nodeId: path.split('/')[2] ?? '', token }
  const recording: Grant = { resourceType: 'recording', resourceId: body.data[0].id }
  const node: Grant = { resourceType: 'node', resourceId: body.data[0].nodeId }

  const callers: Caller[] = []
  const denied: string[] = []
  const caller = async (called: string, roles: readonly Role[], grants: readonly Grant[], denies = false) => {
    const { token, user } = await room.user(roles, grants)
    callers.push({ called, token })
    if (denies) denied.push(user.id)
  }
  for (const role of ['operator', 'viewer', 'auditor'] as const) {
    await caller(`${role} of the site`, [role], [HERE])
    await caller(`${role} of a recording and a node`, [role], [recording, node])
    await caller(`${role} of all but the other site`, [role], [{ resourceType: '*', resourceId: '*' }], true)
    await caller(`${role} of nothing`, [role], [])
  }
  await caller('operator and auditor of the site', ['operator', 'auditor'], [HERE])
  await caller('admin of all but the other site', ['admin'], [], true)
  await caller('owner of all but the other site', ['owner'], [], true)
  await caller('nobody in particular', [], [HERE])
  const { token: stranger } = await room.user(['viewer'], [ELSEWHERE])
  const policies = denied.map((id) => denyTo(id, ELSEWHERE))
  await room.room.world.storage.commit({ policyBooks: [{ id: 'access-policies', version: 0, policies }] })
  await room.close()
  return { samples, callers, owner, stranger, near }
}

type World = Awaited<ReturnType<typeof opened>>

/** Every read of every caller, and what it was answered: all of it, for ids and times are the same in both worlds. */
async function answers(
  { room }: World,
  routes: readonly Route[],
  callers: readonly Caller[],
  samples: ReadonlyMap<string, Sample>,
  elsewhere?: Elsewhere,
) {
  const told = new Map<string, string>()
  for (const route of routes) {
    const name = nameOf(route)
    const sample = samples.get(name) ?? (route.operations.length === 0 ? { path: route.path } : undefined)
    if (!sample) throw new Error(`${name} has no sample`)
    for (const { called, token } of callers) {
      for (const [how, { path, ...asking }] of Object.entries(waysToAsk(route, sample, elsewhere))) {
        const { status, headers, body } = await room.ask(route.method, path, { ...asking, token })
        told.set(`${called}: ${name}${how}`, JSON.stringify([status, [...headers], body]))
      }
    }
  }
  return told
}

/** By its sample; by a page of it; and by what there is in one of the worlds alone. */
function waysToAsk(route: Route, sample: Sample, elsewhere?: Elsewhere): Readonly<Record<string, Sample>> {
  const asks = isGated(route) ? asksOf(nameOf(route)) : undefined
  const id = asks?.id && elsewhere?.[asks.id.kind as keyof Elsewhere]
  const isList = route.method === 'GET' && asks && !asks.id
  return {
    '': sample,
    ...(isList && { ' in full': paged(sample, 200, 0), ' by pages': paged(sample, 2, 1) }),
    ...(asks?.id && id && { ' from elsewhere': withId(sample, route, asks.id, id) }),
  }
}

function paged(sample: Sample, limit: number, offset: number): Sample {
  const [path = '', query] = sample.path.split('?')
  const asked = new URLSearchParams(query)
  asked.set('limit', String(limit))
  asked.set('offset', String(offset))
  return { ...sample, path: `${path}?${asked}` }
}

/** Where the answers part, and how they go on from there. */
function differing(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): readonly string[] {
  return [...one].flatMap(([asked, told]) => {
    const another = other.get(asked) ?? 'nothing'
    if (told === another) return []
    const at = Math.max(0, [...told].findIndex((letter, i) => letter !== another[i]) - 100)
    return [`${asked}\n  ${told.slice(at, at + 500)}\n  ${another.slice(at, at + 500)}`]
  })
}

for (const [name, twins] of everyTwins()) {
  describe(`two worlds that differ beyond the caller's scope alone, over ${name}`, () => {
    const rooms: TestRoom[] = []
    afterAll(() => Promise.all(rooms.map((each) => each.close())))

    test('answer alike, on every read there is, byte for byte', async () => {
      const media = memoryMedia()
      const pair = await twins()
      const { samples, callers, ...people } = await built(pair, media)
      const worlds: World[] = []
      for (const storage of await pair.both()) worlds.push(await opened(storage, media, 0x10_000, T0 + LATER_MS))
      const [still, busy] = worlds as [World, World]
      rooms.push(still.room, busy.room)
      const inBoth = async <T>(work: (world: World) => Promise<T>): Promise<[T, T]> => [
        await work(still),
        await work(busy),
      ]
      const both = (number: number, time: number) => [still, busy].map(({ goOn }) => goOn(number, time))

      for (const signal of ['meter-frame', 'listen/chunk']) {
        const { path, ...asking } = samples.get(`POST /api/v1/nodes/:/${signal}`) as Sample
        const heard = await inBoth(({ room }) => room.ask('POST', path, asking))
        expect(heard.map(({ status }) => status)).toEqual([202, 202])
      }
      const elsewhere = await muchElsewhere(busy.room, people)
      // Somebody who sees everything looks around in both, and is told more in one.
      both(0x40_000, T0 + 2 * LATER_MS)
      const owner = [{ called: 'owner', token: people.owner }]
      const [less, more] = await inBoth((world) => answers(world, reads.filter(isLookAround), owner, samples))
      expect(differing(less, more).length).toBeGreaterThan(5)

      both(0x80_000, T0 + 3 * LATER_MS)
      const [quiet, loud] = await inBoth((world) => answers(world, reads, callers, samples))
      expect(quiet.size).toBeGreaterThan(callers.length * reads.length)
      expect(differing(quiet, loud)).toEqual([])

      // What is there in one of them alone might as well not be. Whoever needs no grant is told that it may not, where others are.
      both(0xc0_000, T0 + 4 * LATER_MS)
      const scoped = callers.filter(({ called }) => !/ all but /.test(called))
      const named = reads.filter((route) => isGated(route) && asksOf(nameOf(route)).id)
      const [absent, hidden] = await inBoth((world) => answers(world, named, scoped, samples, elsewhere))
      expect(differing(absent, hidden)).toEqual([])

      // Accounts are nobody's scope: whoever reads the trail, or manages them, is shown them.
      await comingsAndGoings(busy.room, people.owner)
      both(0x100_000, T0 + 5 * LATER_MS)
      const unaware = callers.filter(({ called }) => !/^(admin|owner) /.test(called))
      const untrailed = reads.filter(({ path }) => !path.includes('/audit-events'))
      const [before, after] = await inBoth((world) => answers(world, untrailed, unaware, samples))
      expect(differing(before, after)).toEqual([])
    }, 120_000)
  })
}

async function comingsAndGoings(room: TestRoom, owner: string): Promise<void> {
  for (const roles of [['viewer'], ['auditor'], []] as const) {
    const { token } = await room.user(roles, [HERE])
    await room.ask('GET', '/nodes', { token })
    await room.ask('POST', '/auth/logout', { token })
  }
  await room.ask('POST', '/auth/login', { body: { email: OWNER.email, password: 'wrong' } })
  await room.ask('POST', '/auth/login', { body: { email: 'nobody@example.org', password: 'wrong' } })
  for (const path of ['/nodes', '/recordings', '/recording-jobs/export', '/audit-events']) {
    await room.ask('GET', path, { token: owner })
    await room.ask('GET', path)
  }
}

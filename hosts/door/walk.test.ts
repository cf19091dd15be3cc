import { afterAll, describe, expect, test } from 'bun:test'
import type { AuditEntry } from '../../core/audit/entry.ts'
import { contractRoutes, nameOf, ourRoutes } from '../contract/routes.ts'
import {
  type Asks,
  answeredAgain,
  asksOf,
  denyTo,
  type Expected,
  expectedOf,
  type Id,
  namedBesides,
  type WalkedCaller,
  walkedRoles,
  walkedScopes,
} from './testing-authority.ts'
import { idIn, madeUp, withId } from './testing-ids.ts'
import { plainPasswords } from './testing-passwords.ts'
import { type OpenStorage, TestRoom } from './testing-room.ts'
import { type Sample, samplesIn } from './testing-samples.ts'
import { everyStorage } from './testing-storages.ts'

const routes = ourRoutes.filter(({ operations }) => operations.some(({ audience }) => audience === 'user'))
const permissions = new Map(contractRoutes.map((each) => [nameOf(each), each.permission]))

const everyCaller: readonly WalkedCaller[] = walkedRoles.flatMap((role) =>
  (Object.keys(walkedScopes) as WalkedCaller['scope'][]).map((scope) => ({ role, scope })),
)
/** What a database might do otherwise than the memory: who is known, who sees, and who is denied. */
const fewCallers = everyCaller.filter(
  ({ role, scope }) =>
    (role === 'operator' && scope !== 'wildcard') ||
    (role === 'admin' && scope.startsWith('denied')) ||
    (role === 'auditor' && scope === 'own'),
)

type Route = (typeof routes)[number]
type Signed = WalkedCaller & { readonly token: string }

/** A room with a user for each caller, and the rules that make its scope. */
async function peopled(storage: OpenStorage, callers: readonly WalkedCaller[]) {
  const room = await TestRoom.open(storage, { passwords: plainPasswords })
  const signed: (Signed & { readonly id: string })[] = []
  for (const { role, scope } of callers) {
    const { token, user } = await room.user(role === 'none' ? [] : [role], walkedScopes[scope].grants)
    signed.push({ role, scope, token, id: user.id })
  }
  const policies = signed.flatMap(({ id, scope }) => walkedScopes[scope].denies.map((deny) => denyTo(id, deny)))
  await room.room.world.storage.commit({ policyBooks: [{ id: 'access-policies', version: 0, policies }] })
  return { room, signed }
}

/** Something that is asked for by an id that exists, and the very same by one that does not. */
interface Pair {
  readonly existing: Sample
  readonly missing?: Sample
  readonly ids: readonly string[]
}

async function pairIn(room: TestRoom, route: Route, asks: Asks): Promise<Pair> {
  const sample = (await samplesIn(room)).get(nameOf(route))
  if (!sample) throw new Error(`${nameOf(route)} has no sample`)
  if (!asks.id) return { existing: sample, ids: [] }
  // Any entry will do that is about something in the place; the newest is often one that everybody may read.
  const chosen = asks.id.kind === 'audit_event' ? await anEntryInPlace(room) : idIn(sample, route, asks.id)
  const naming = (id: string) => withId(sample, route, asks.id as Id, id)
  return { existing: naming(chosen), missing: naming(madeUp(chosen)), ids: [chosen, madeUp(chosen)] }
}

async function anEntryInPlace(room: TestRoom): Promise<string> {
  const token = await room.signIn()
  const { body } = await room.ask('GET', '/audit-events?limit=50&action=nodes.enroll', { token })
  return body.data.find(({ target }: AuditEntry) => target.id !== undefined).id
}

/** An answer as the caller has it, but for what tells two requests apart, and for the ids that it asked by. */
async function answerOf(room: TestRoom, { method }: Route, { path, ...asking }: Sample, ids: readonly string[]) {
  const { status, headers, body } = await room.ask(method, path, asking)
  const sent = typeof body === 'string' ? body : JSON.stringify({ ...body, requestId: '' })
  const text = ids.reduce((rest, id) => rest.replaceAll(id, 'ID'), sent)
  return { status, text, headers: JSON.stringify([...headers]) }
}

const agrees = (name: string, status: number, expected: Expected) =>
  expected === 'through' ? (status >= 200 && status < 300) || status === answeredAgain[name] : status === expected

/** Every caller, with both ids; what it says where the answer is another than the table's. */
async function walk(room: TestRoom, route: Route, signed: readonly Signed[]): Promise<readonly string[]> {
  const name = nameOf(route)
  const asks = asksOf(name)
  const permission = permissions.get(name) ?? `${name} is not in the contract`
  const wrong: string[] = []
  let pair = await pairIn(room, route, asks)
  for (const caller of signed) {
    const answers = []
    for (const exists of pair.missing ? [false, true] : [true]) {
      const expected = expectedOf(permission, asks, caller, exists)
      const sample = (exists ? pair.existing : pair.missing) as Sample
      const answer = await answerOf(room, route, { ...sample, token: caller.token }, pair.ids)
      answers.push({ ...answer, expected })
      const told = `${caller.role} with ${caller.scope}, ${exists ? 'existing' : 'missing'}`
      if (!agrees(name, answer.status, expected))
        wrong.push(`${told}: ${answer.status} where ${expected} is due ${answer.text}`)
      // What was done may not be there to be done again.
      if (expected === 'through' && route.method !== 'GET') pair = await pairIn(room, route, asks)
    }
    const [missing, existing] = answers
    if (!missing || !existing || missing.expected !== existing.expected) continue
    if (missing.text !== existing.text || missing.headers !== existing.headers)
      wrong.push(`${caller.role} with ${caller.scope} can tell what exists: ${existing.text} ${missing.text}`)
  }
  return wrong
}

/** Nobody: without a token, with one that nobody gave, with a session that ended, and a node, which is no user. */
async function nobodies(room: TestRoom, route: Route): Promise<readonly string[]> {
  const { existing, missing, ids } = await pairIn(room, route, asksOf(nameOf(route)))
  const owner = await room.signIn()
  const ended = await room.signIn()
  await room.ask('POST', '/auth/logout', { token: ended })
  const forNodesToo = route.operations.some(({ audience }) => audience === 'node')
  const node = forNodesToo ? undefined : (await room.enrol(owner)).token
  const wrong: string[] = []
  for (const token of [undefined, 'rt_of_nobody', ended, ...(node ? [node] : [])]) {
    const answers = []
    for (const sample of missing ? [missing, existing] : [existing]) {
      answers.push(await answerOf(room, route, { ...sample, token }, ids))
    }
    const [first, last] = [answers[0], answers.at(-1)]
    if (last?.status !== 401) wrong.push(`${token}: ${last?.status}`)
    if (first?.text !== last?.text || first?.headers !== last?.headers) wrong.push(`${token} can tell what exists`)
  }
  return wrong
}

for (const [name, storage] of everyStorage()) {
  describe(`who may do what, over ${name}`, () => {
    const callers = name === 'memory' ? everyCaller : fewCallers
    const rooms = new Set<TestRoom>()
    const close = (room: TestRoom) => {
      rooms.delete(room)
      return room.close()
    }
    afterAll(() => Promise.all([...rooms].map(close)))
    const people = async (those: readonly WalkedCaller[]) => {
      const made = await peopled(storage, those)
      rooms.add(made.room)
      return made
    }
    /** A database is long in the making, so that all routes share one, but for those that change who may do what. */
    let shared: ReturnType<typeof people> | undefined
    const walked = async ({ method, path }: Route) => {
      const changesAuthority = method !== 'GET' && path.includes('/auth/')
      if (name === 'memory' || changesAuthority) return people(callers)
      shared ??= people(callers)
      return shared
    }

    test.each(routes.map((route) => [nameOf(route), route] as const))(
      '%s answers every role and scope as the contract says, and tells nobody what exists beyond its scope',
      async (_, route) => {
        const { room, signed } = await walked(route)
        expect(await walk(room, route, signed)).toEqual([])
        if (name === 'memory') expect(await nobodies(room, route)).toEqual([])
        if (room !== (await shared)?.room) await close(room)
      },
      60_000,
    )

    test.each(namedBesides)('%s: %s is judged like what is asked about', async (name, member, existing) => {
      const wanted: readonly WalkedCaller[] = (['own', 'wildcard'] as const).map((scope) => ({
        role: 'operator',
        scope,
      }))
      const { room, signed } = await people([...wanted, { role: 'owner', scope: 'nothing' }])
      const told = []
      for (const { token } of signed) {
        const { path, body } = (await samplesIn(room)).get(name) as Sample
        const naming = (value: unknown) =>
          room.ask('POST', path, { token, body: { ...(body as object), [member]: value } })
        const missing = typeof existing === 'string' ? madeUp(existing) : existing.map(madeUp)
        const [unknown, known] = [await naming(missing), await naming(existing)]
        told.push([unknown.status, known.status])
        if (known.status === 403) expect({ ...unknown.body, requestId: '' }).toEqual({ ...known.body, requestId: '' })
      }
      expect(told).toEqual([
        [403, 403],
        [404, 202],
        [404, 202],
      ])
      await close(room)
    })
  })
}

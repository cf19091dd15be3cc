import { beforeAll, describe, expect, test } from 'bun:test'
import type { Match } from '../../../core/access/rule.ts'
import { everything, nothing, type Scope } from '../../../core/access/scope.ts'
import type { NodeFilter } from '../../../core/nodes/filter.ts'
import type { RecordingFilter } from '../../../core/recordings/filter.ts'
import { aHealthEvent, aJob, aNode, anEntry, aPresence, aRecording, T0 } from './builders.ts'
import type { Given } from './given.ts'

const run = crypto.randomUUID().slice(0, 8)
const page = { limit: 100, offset: 0 }
const judgement = { now: T0 + 200_000, offlineAfterSeconds: 120 }
const allow = (...allowed: Match[]): Scope => ({ ...nothing, allowed })
const deny = (...denied: Match[]): Scope => ({ ...everything, denied })

const site = `site-${run}`
const desk = {
  id: `if-${run}`,
  alias: 'Desk',
  systemName: 'USB Desk',
  backend: 'alsa',
  channelCount: 1,
  sampleRates: [48000],
}
const shared = [
  {
    ...desk,
    channels: [
      { index: 1, alias: 'Lectern', roomId: 'room-a' },
      { index: 2, alias: 'Floor', roomId: 'room-b' },
    ],
  },
]
const a = aNode({ alias: `a ${run}`, site, interfaces: shared as never, tags: ['Blue'] })
const b = aNode({ alias: `b ${run}`, site: `${site}-2`, building: 'East', roomId: 'room-b' })
const c = aNode({ alias: `c ${run}`, site })
const named = { [a.id]: 'a', [b.id]: 'b', [c.id]: 'c' }

/** Filters, scopes, order and totals: every storage answers alike. */
export function reads(given: Given): void {
  beforeAll(async () => {
    const presences = [
      aPresence(a.id, { lastSeenAt: T0 + 190_000, said: { hostname: 'Rec-A', runtime: { audioBackends: ['jack'] } } }),
      aPresence(b.id, { lastSeenAt: T0 }),
      aPresence(c.id, { said: { status: 'provisioning' } }),
    ]
    await given.storage.commit({ nodes: [c, b, a], presences })
  })

  const nodes = async (filter: NodeFilter, scope: Scope = everything, at = page) => {
    const found = await given.storage.stores.nodes.list({ q: run, ...filter }, scope, at, judgement)
    return [found.items.map(({ nodeId }) => named[nodeId]).join(''), found.total] as const
  }

  describe('nodes', () => {
    const filters: readonly [NodeFilter, string][] = [
      [{}, 'abc'],
      [{ status: 'online' }, 'a'],
      [{ status: 'offline' }, 'b'],
      [{ status: 'provisioning' }, 'c'],
      [{ backend: 'alsa' }, 'a'],
      [{ backend: 'jack' }, 'a'],
      [{ site: site.toUpperCase() }, 'ac'],
      [{ building: 'east' }, 'b'],
      [{ room: 'hall 1' }, 'abc'],
      [{ room: 'hall' }, ''],
      [{ lastSeenFrom: T0 + 190_000 }, 'a'],
      [{ lastSeenTo: T0 }, 'bc'],
    ]
    test.each(filters)('filter %j', async (filter, expected) =>
      expect(await nodes(filter)).toEqual([expected, expected.length]),
    )

    test.each([
      ['LECTERN', 'a'],
      ['usb desk', 'a'],
      ['blue', 'a'],
      ['48000', 'a'],
      ['rec-a', 'a'],
      ['offline', 'b'],
      ['%', ''],
      ['_', ''],
    ])('search %p finds %p', async (q, expected) => {
      const found = await given.storage.stores.nodes.list({ q, site }, everything, page, judgement)
      const other = await given.storage.stores.nodes.list({ q, site: `${site}-2` }, everything, page, judgement)
      const underscore = (ids: string[]) => ids.join('')
      const names = [...found.items, ...other.items].map(({ nodeId }) => named[nodeId] ?? '?').sort()
      // Ids have underscores, which are ordinary characters; a per cent sign is in nothing.
      expect(underscore(names)).toBe(q === '_' ? 'abc' : expected)
    })

    test.each<[string, Scope, string]>([
      ['nothing', nothing, ''],
      ['a node', allow({ type: 'node', id: a.id }), 'a'],
      ['a site', allow({ type: 'site', id: site }), 'ac'],
      ['any node', allow({ type: 'node', id: '*' }), 'abc'],
      ['anything of that id', allow({ type: '*', id: a.id }), 'a'],
      ['a room that a channel is in', allow({ type: 'room', id: 'room-a' }), 'a'],
      ['any room', allow({ type: 'room', id: '*' }), 'ab'],
      ['a room that a roster opens', { ...nothing, rooms: ['room-b' as never] }, 'ab'],
      ['all but a site', deny({ type: 'site', id: site }), 'b'],
      ['all but a room', deny({ type: 'room', id: 'room-b' }), 'c'],
      [
        'allowed and denied',
        { ...deny({ type: 'node', id: a.id }), all: false, allowed: [{ type: 'site', id: site }] },
        'c',
      ],
      ['another type of that id', allow({ type: 'recording', id: a.id }), ''],
    ])('scope: %s', async (_, scope, expected) => expect(await nodes({}, scope)).toEqual([expected, expected.length]))

    test('pages neither repeat nor skip, and count everything', async () => {
      expect(await nodes({}, everything, { limit: 2, offset: 0 })).toEqual(['ab', 3])
      expect(await nodes({}, everything, { limit: 2, offset: 2 })).toEqual(['c', 3])
      expect(await nodes({}, everything, { limit: 2, offset: 9 })).toEqual(['', 3])
    })
  })

  const r1 = aRecording({
    name: `r1 ${run}`,
    nodeId: a.id,
    roomId: 'room-a',
    folder: 'X/One',
    tags: ['Law'],
    recordedAt: T0 + 3,
  })
  const r2 = aRecording({
    name: `r2 ${run}`,
    nodeId: a.id,
    roomId: 'room-b',
    status: 'cached',
    cached: true,
    cachePath: 'p',
    recordedAt: T0 + 2,
  })
  const r3 = aRecording({
    name: `r3 ${run}`,
    nodeId: b.id,
    scheduleId: 's1',
    uploadPolicyIds: ['up'],
    recordedAt: T0 + 2,
    durationSeconds: 9,
  })
  const [r2first] = [r2.id, r3.id].sort()
  const ties = r2first === r2.id ? '23' : '32'

  describe('recordings and jobs', () => {
    const j1 = aJob({ nodeId: a.id, recordingId: r1.id, createdAt: T0 + 1 })
    const j2 = aJob({
      nodeId: a.id,
      recordingId: r2.id,
      createdAt: T0 + 2,
      status: 'running',
      leaseExpiresAt: T0 + 10,
      failureReason: 'odd',
    })
    const j3 = aJob({
      nodeId: b.id,
      recordingId: r3.id,
      createdAt: T0 + 3,
      status: 'stop_requested',
      stopRequestedAt: T0,
    })
    const j4 = aJob({ nodeId: a.id, recordingId: r1.id, createdAt: T0 + 4, status: 'failed', completedAt: T0 + 5 })
    beforeAll(() => given.storage.commit({ recordings: [r3, r1, r2], jobs: [j1, j2, j3, j4] }))

    const list = async (filter: RecordingFilter, scope: Scope = everything) => {
      const found = await given.storage.stores.recordings.list({ search: run, ...filter }, scope, page)
      return found.items.map(({ name }) => name[1]).join('')
    }
    test.each<[RecordingFilter, string]>([
      [{}, `1${ties}`],
      [{ sortBy: 'name' }, '123'],
      [{ sortBy: 'name', sortOrder: 'desc' }, '321'],
      [{ sortBy: 'durationSeconds' }, r1.id < r2.id ? '312' : '321'],
      [{ folder: 'x/o' }, '1'],
      [{ tag: 'law' }, '1'],
      [{ tag: 'la' }, ''],
      [{ status: 'cached' }, '2'],
      [{ cacheState: 'cached' }, '2'],
      [{ cacheState: 'missing', sortBy: 'name' }, '13'],
      [{ nodeId: b.id }, '3'],
      [{ scheduleId: 's1' }, '3'],
      [{ uploadPolicyId: 'up' }, '3'],
      [{ recordedFrom: T0 + 3 }, '1'],
      [{ recordedTo: T0 + 2 }, ties],
    ])('recording filter %j', async (filter, expected) => expect(await list(filter)).toBe(expected))

    test.each<[string, Scope, string]>([
      ['its room, not its neighbour on one node', allow({ type: 'room', id: 'room-a' }), '1'],
      ['its node', allow({ type: 'node', id: a.id }), '12'],
      ['the site of its node', allow({ type: 'site', id: site }), '12'],
      ['its schedule', allow({ type: 'schedule', id: 's1' }), '3'],
      ['itself', allow({ type: 'recording', id: r2.id }), '2'],
      ['a roster of its room', { ...nothing, rooms: ['room-b' as never] }, '2'],
      ['all but its node', deny({ type: 'node', id: a.id }), '3'],
    ])('recording scope: %s', async (_, scope, expected) =>
      expect(await list({ sortBy: 'name' }, scope)).toBe(expected),
    )

    test('jobs are seen through their recordings; the summary covers the match', async () => {
      const scope = allow({ type: 'node', id: a.id })
      const found = await given.storage.stores.jobs.list({}, scope, { limit: 1, offset: 0 })
      expect(found.items.map(({ id }) => id)).toEqual([j4.id])
      expect(found.summary).toMatchObject({ active: 2, queued: 1, running: 1, failed: 1, total: 3 })
      const searched = await given.storage.stores.jobs.list({ search: 'ODD', captureBackend: 'alsa' }, scope, page)
      expect(searched.items.map(({ id }) => id)).toEqual([j2.id])
    })

    test('the questions of the trade', async () => {
      const { jobs } = given.storage.stores
      expect((await jobs.activeOn(a.id)).map(({ job }) => job.id).sort()).toEqual([j1.id, j2.id].sort())
      expect((await jobs.ofRecording(r1.id)).map(({ id }) => id)).toEqual([j4.id, j1.id])
      const lapsed = (await jobs.lapsed(T0 + 30_000, 30_000, 1000)).map(({ id }) => id)
      expect([j1, j2, j3, j4].map(({ id }) => lapsed.includes(id))).toEqual([false, true, true, false])
      expect(await given.storage.stores.recordings.placeOf(r1.id)).toMatchObject({ nodeId: a.id, roomId: 'room-a' })
      expect(await given.storage.stores.nodes.orderBook(a.id)).toEqual({ id: a.id, version: 0 })
    })

    test('health is what is not resolved', async () => {
      const open = aHealthEvent({ recordingId: r1.id })
      await given.storage.commit({
        healthEvents: [open, aHealthEvent({ recordingId: r1.id, status: 'resolved', resolvedAt: T0 })],
      })
      expect((await given.storage.stores.healthEvents.unresolvedOf(r1.id)).map(({ id }) => id)).toEqual([open.id])
      const reported = aHealthEvent({ nodeId: b.id, localEventId: 'local 1' })
      await given.storage.commit({
        healthEvents: [
          reported,
          aHealthEvent({ nodeId: b.id, localEventId: 'local 2', status: 'resolved', resolvedAt: T0 }),
        ],
      })
      const { unresolvedOn, reportedAs } = given.storage.stores.healthEvents
      expect((await unresolvedOn(b.id)).map(({ id }) => id)).toEqual([reported.id])
      expect((await reportedAs(b.id, 'local 1')).map(({ id }) => id)).toEqual([reported.id])
      expect(await reportedAs(a.id, 'local 1')).toEqual([])
    })
  })

  describe('audit', () => {
    const action = `audit.${run}`
    const about = (type: string, id: string, kin: string[] = [`${type}:${id}`]) => ({
      target: { type, id } as never,
      targetKin: kin,
    })
    const e1 = anEntry({
      action,
      ...about('node', 'n1', ['node:n1', 'site:s:1']),
      actor: { type: 'node', id: 'n1', name: 'n1', roles: [] } as never,
    })
    const e2 = anEntry({
      action,
      ...about('recording', 'r9', ['recording:r9', 'room:x']),
      outcome: 'failed',
      reason: '50%_off',
    })
    const e3 = anEntry({ action, target: { type: 'user', id: 'u9', name: 'Zoe' } as never, permission: 'auth:manage' })
    const e4 = anEntry({
      action,
      createdAt: T0 + 5,
      ...about('node', 'n2'),
      actor: { type: 'user', id: 'me', name: 'Me', roles: [] } as never,
    })
    const names = new Map([e1, e2, e3, e4].map(({ id }, i) => [id as string, `${i + 1}`]))
    beforeAll(() => given.storage.commit({ audit: [e1, e2, e3, e4] }))

    const list = async (filter: object, scope: Scope = everything, self = 'nobody') => {
      const found = await given.storage.stores.audit.list({ action, ...filter }, { scope, self: self as never }, page)
      expect(found.total).toBe(found.items.length)
      return found.items.map(({ id }) => names.get(id)).join('')
    }
    test.each([
      [{}, '4321'],
      [{ outcome: 'failed' }, '2'],
      [{ reason: '50%_O' }, '2'],
      [{ actor: 'ME' }, '4'],
      [{ target: 'zo' }, '3'],
      [{ target: 'recording' }, '2'],
      [{ permission: 'auth:manage' }, '3'],
      [{ from: T0 + 1 }, '4'],
      [{ to: T0 + 1 }, '321'],
      [{ id: e2.id }, '2'],
    ])('filter %j', async (filter, expected) => expect(await list(filter)).toBe(expected))

    test.each<[string, Scope, string, string]>([
      ["the controller's own, and nothing else", nothing, 'nobody', '3'],
      ['one`s own', nothing, 'me', '43'],
      ['what a grant names, colons and all', allow({ type: 'site', id: 's:1' }), 'nobody', '31'],
      ['any of a type', allow({ type: 'node', id: '*' }), 'nobody', '431'],
      ['that id of any type', allow({ type: '*', id: 'r9' }), 'nobody', '32'],
      ['a roster`s room', { ...nothing, rooms: ['x' as never] }, 'nobody', '32'],
      ['all but a node', deny({ type: 'node', id: 'n1' }), 'nobody', '432'],
    ])('visible: %s', async (_, scope, self, expected) => expect(await list({}, scope, self)).toBe(expected))
  })
}

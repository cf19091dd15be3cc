import { afterEach, describe, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import process from 'node:process'
import { writeWav } from '../../agent-sim/sound/wav.ts'
import type { AuditEntry } from '../../core/audit/entry.ts'
import type { AuditEventId, RoomId } from '../../core/ids.ts'
import { standingProvider } from '../door/testing-elsewhere.ts'
import { Browser } from '../door/testing-login.ts'
import { type Answer, type Asking, TestRoom } from '../door/testing-room.ts'

/*
 * Exchanges that were observed in the field, replayed: the same method, path and kind of body against a state made here; then
 * the status, the set of keys and the JSON types are compared, not the values. They lie beside the repository, not in it.
 */

const folder = resolve(import.meta.dir, '../../../shared/contract/exchanges')
const there = existsSync(folder)
if (!there && !process.env['CI']) console.warn(`SKIPPED the replays: ${folder} is not there`)

interface Exchange {
  readonly request: {
    readonly method: string
    readonly path: string
    readonly json?: object
    readonly body?: string
    readonly headers?: Record<string, string>
  }
  readonly response: {
    readonly status: number
    readonly contentType: string | null
    readonly json?: unknown
    readonly text?: string
    readonly headers?: Record<string, string>
  }
}

const exchangesOf = (file: string): readonly Exchange[] =>
  there ? JSON.parse(readFileSync(`${folder}/${file}.json`, 'utf8')) : []
const observed = { nodes: exchangesOf('nodes'), recordings: exchangesOf('recordings'), access: exchangesOf('access') }

describe.skipIf(!there && !process.env['CI'])('the contract, replayed', () => {
  test('the exchanges are there', () => expect(there, `${folder} is missing`).toBe(true))

  let room: TestRoom
  afterEach(() => room?.close())

  /** A world with an owner and a node with a desk of four channels; and what is done in it to get somewhere. */
  async function world() {
    room = await TestRoom.open()
    const owner = await room.signIn()
    const desk = {
      alias: 'Desk',
      backend: 'alsa',
      channelCount: 4,
      sampleRates: [48000],
      systemName: 'USB Desk',
      systemRef: 'alsa:hw:1,0',
    }
    const enrol = () => room.enrol(owner, { interfaces: [desk], tags: ['hall'], ipAddresses: ['10.1.1.1'] })
    const node = await enrol()
    const ask = (method: string, path: string, asking: Asking = {}) => room.ask(method, path, asking)
    const order = async (more: object = {}) =>
      (await ask('POST', '/recordings', { token: owner, body: { nodeId: node.nodeId, ...more } })).body
    const claim = () => ask('POST', `/nodes/${node.nodeId}/recording-jobs/claim-next-group`, { token: node.token })
    const running = async (more: object = {}) => {
      const started = await order(more)
      await claim()
      return { job: started.job.id as string, recording: started.data.id as string }
    }
    let accounts = 0
    const account = async () => {
      const body = { email: `a${accounts++}@example.org`, name: 'A', password: 'a password', roles: ['viewer'] }
      return (await ask('POST', '/auth/users', { token: owner, body })).body.data.id as string
    }
    return { owner, node, enrol, ask, order, claim, running, account }
  }
  type World = Awaited<ReturnType<typeof world>>

  /** Sends what was observed, to where it belongs here. */
  const send = (of: World, exchange: Exchange, path: string, token: string | undefined, body?: unknown) => {
    const { method, json, headers = {} } = exchange.request
    const query = exchange.request.path.split('?')[1]
    const sent = body ?? (json === undefined ? undefined : renamed(json, of.node.nodeId))
    return of.ask(method, query && !path.includes('?') ? `${path}?${query}` : path, { token, headers, body: sent })
  }
  const renamed = (json: object, nodeId: string): unknown =>
    JSON.parse(JSON.stringify(json).replaceAll(/node_[0-9a-f-]{36}/g, nodeId))

  type Replay = (of: World, exchange: Exchange) => Promise<Answer>
  const agent =
    (path: string, body?: unknown): Replay =>
    (of, each) =>
      send(of, each, `/nodes/${of.node.nodeId}${path}`, of.node.token, body)
  const user =
    (path: string): Replay =>
    (of, each) =>
      send(of, each, path, of.owner)
  const ofJob =
    (path: string, before: (of: World, job: string, recording: string) => Promise<unknown> = async () => {}): Replay =>
    async (of, each) => {
      const { job, recording } = await of.running()
      await before(of, job, recording)
      return send(of, each, `/recording-jobs/${job}${path}`, of.node.token)
    }
  const upload =
    (before: (of: World, job: string) => Promise<unknown> = async () => {}, body = aWav()): Replay =>
    async (of, each) => {
      const { job, recording } = await of.running()
      await before(of, job)
      const headers = { ...each.request.headers, 'x-rakkr-recording-job-id': job }
      return of.ask('PUT', `/recordings/${recording}/cache-file`, { token: of.node.token, headers, body })
    }
  const fail = (of: World, job: string) => of.ask('POST', `/recording-jobs/${job}/failed`, { token: of.node.token })

  const after =
    (before: (of: World) => Promise<unknown>, replay: Replay): Replay =>
    async (of, each) => {
      await before(of)
      return replay(of, each)
    }
  const as =
    (
      path: string,
      token: (of: World) => Promise<string | undefined> | string | undefined,
      body?: (of: World) => unknown,
    ): Replay =>
    async (of, each) =>
      send(of, each, path.replace(':node', of.node.nodeId), await token(of), body?.(of))
  const aViewer = async () => (await room.user(['viewer'])).token
  const nobody = () => undefined
  const ownerOf = ({ owner }: World) => owner
  const claiming = agent('/recording-jobs/claim-next-group')
  const beating: Replay = (of) => agent('/heartbeat')(of, observed.nodes[17] as Exchange)
  /** Of what is no WAV there is no waveform. */
  const filing: Replay = (of) => upload(undefined, new Uint8Array(500))(of, observed.recordings[19] as Exchange)
  const stopping = (of: World, _: string, recording: string) =>
    of.ask('POST', `/recordings/${recording}/stop`, { token: of.owner })
  const reporting: Replay = async (of, each) => {
    const recordingId = (await of.running()).recording
    return send(of, each, `/nodes/${of.node.nodeId}/health-events`, of.node.token, {
      ...each.request.json,
      recordingId,
    })
  }
  const placed = (of: World) => {
    const body = { location: { floor: '3' }, recordingCapacity: { maxConcurrentRecordings: 3 } }
    return of.ask('PATCH', `/nodes/${of.node.nodeId}`, { token: of.owner, body })
  }
  const filed = async (of: World) => {
    const { recording } = await of.running()
    const headers = { 'content-type': 'audio/wav' }
    await of.ask('PUT', `/recordings/${recording}/cache-file`, { token: of.node.token, headers, body: aWav() })
    return recording
  }
  const sendChunk = (of: World, recording: string, job: string, query: string) =>
    of.ask('PUT', `/recordings/${recording}/cache-file?${query}`, {
      token: of.node.token,
      headers: { 'content-type': 'audio/wav', 'x-rakkr-recording-job-id': job, 'x-rakkr-duration-seconds': '4' },
      body: aWav(),
    })
  /** The last of two, whose raw audio came before. */
  const chunks: Replay = async (of) => {
    const { job, recording } = await of.running()
    await sendChunk(of, recording, job, 'chunk=0')
    await sendChunk(of, recording, job, 'chunk=1&rendition=raw')
    return sendChunk(of, recording, job, 'chunk=1&chunkTotal=2')
  }
  const listedChunks: Replay = async (of, each) => {
    const { job, recording } = await of.running()
    await sendChunk(of, recording, job, 'chunk=0&chunkTotal=1')
    return send(of, each, `/recording-jobs/${job}/chunks`, of.owner)
  }
  /** Rooms have no route yet: the node is put into one as a later family will. */
  const inARoom = async (of: World) => {
    const { storage, live } = room.room.world
    const node = live.nodes.get(of.node.nodeId)
    if (node) await storage.commit({ nodes: [{ ...node, roomId: 'room_1' as RoomId }] })
  }
  const bulkStop: Replay = async (of, each) => {
    const { job } = await of.order()
    return send(of, each, '/recording-jobs/bulk-stop', of.owner, { jobIds: [job.id, job.id] })
  }
  const retrying: Replay = async (of, each) => {
    const { job } = await of.running()
    await fail(of, job)
    return send(of, each, `/recording-jobs/${job}/retry`, of.owner)
  }
  const retryingTwice: Replay = async (of, each) => {
    const { job } = await of.running()
    await fail(of, job)
    await send(of, each, `/recording-jobs/${job}/retry`, of.owner)
    return send(of, each, `/recording-jobs/${job}/retry`, of.owner)
  }
  /** Users have no route yet: what one leaves in the trail is put there. */
  const editAccess = async (of: World) => {
    const { storage, ids } = room.room.world
    const { data } = (observed.access[27] as Exchange).response.json as { data: readonly AuditEntry[] }
    const audit = data.map((each) => ({
      ...each,
      id: ids.ordered() as AuditEventId,
      createdAt: room.clock.at,
      targetKin: [],
    }))
    await storage.commit({ audit })
    return (await of.ask('GET', '/audit-events?action=access.update.succeeded', { token: of.owner })).body.data[0].id
  }
  const editedAccess: Replay = async (of, each) => {
    await editAccess(of)
    return send(of, each, '/audit-events', of.owner)
  }
  const exportingEvents =
    (choose: (login: string, enrolment: string) => readonly string[]): Replay =>
    async (of, each) => {
      const query = '/audit-events?from=2000-01-01&limit=500'
      const { data } = (await of.ask('GET', query, { token: of.owner })).body
      const idOf = (action: string) => data.find((event: AuditEntry) => event.action === action).id
      const eventIds = choose(idOf('auth.login.succeeded'), idOf('nodes.enroll.succeeded'))
      return send(of, each, '/audit-events/export', of.owner, { eventIds })
    }
  const anInterface = (of: World) => of.node.body.data.node.interfaces[0].id
  const pick = (of: World) => ({
    nodeId: of.node.nodeId,
    captureInterfaceId: anInterface(of),
    captureChannelSelection: [99],
  })
  /** What was observed hides passwords. */
  const creating: Replay = (of, each) =>
    send(of, each, '/auth/users', of.owner, { ...each.request.json, password: 'a password' })
  const demoting: Replay = async (of, each) => {
    const { token, user: admin } = await room.user(['admin'])
    return send(of, each, `/auth/users/${admin.id}/access`, token)
  }
  const founding: Replay = async (of, each) => {
    const id = await of.account()
    const memberIds = (each.request.json as { memberIds: string[] }).memberIds.map((said) =>
      said === 'ghost' ? said : id,
    )
    return send(of, each, '/auth/groups', of.owner, { ...each.request.json, memberIds })
  }
  const renamedGroup =
    (path: string, body: (of: World) => Promise<object | undefined> = async () => undefined): Replay =>
    async (of, each) => {
      await founding(of, observed.access[16] as Exchange)
      const amendment = { name: 'Renamed', description: null }
      await of.ask('PATCH', '/auth/groups/b-ard-room', { token: of.owner, body: amendment })
      return send(of, each, `/auth/groups/b-ard-room${path}`, of.owner, await body(of))
    }
  /** What was observed was answered to three, of which the last repeats the first. */
  const repeated = {
    policies: [{}, { resourceId: 'n2' }, { reason: 'again' }].map((each) => ({
      effect: 'deny',
      subjectType: 'user',
      subjectId: 'u',
      resourceType: 'node',
      resourceId: 'n1',
      ...each,
    })),
  }
  const denied = (of: World) => {
    const node = { resourceType: 'node', resourceId: of.node.nodeId }
    const body = { policies: [{ effect: 'deny', subjectType: 'everyone', ...node }] }
    return of.ask('PATCH', '/auth/access-policies', { token: of.owner, body })
  }
  const signIn = { email: 'owner@example.org', password: 'owner password' }

  /** To the provider and back, as one whom it makes these claims of. */
  const comingBackAs =
    (claims: Record<string, unknown>): Replay =>
    async () => {
      const provider = await standingProvider()
      provider.claims = claims
      room.elsewhere.signInWith(provider)
      const browser = new Browser(room)
      return browser.comeBack(await browser.visit(await browser.depart('/recordings?x=1')))
    }
  const comingBack = comingBackAs({ sub: 'ada', email: 'ada@example.org' })
  const departing: Replay = async (of, each) => {
    room.elsewhere.signInWith(await standingProvider())
    return send(of, each, '/auth/oidc/login', undefined)
  }

  const replays: readonly [keyof typeof observed, number, Replay][] = [
    ['nodes', 0, user('/nodes/enroll')],
    ['nodes', 1, user('/nodes/enroll')],
    ['nodes', 2, as('/nodes/enroll', aViewer)],
    ['nodes', 3, user('/nodes?q=Hall')],
    ['nodes', 4, user('/nodes')],
    ['nodes', 5, user('/nodes/node_missing')],
    ['nodes', 6, user('/nodes/export')],
    ['nodes', 7, user('/nodes/export')],
    ['nodes', 8, as('/nodes/:node/actions', ownerOf)],
    ['nodes', 9, after(placed, as('/nodes/:node', ownerOf))],
    ['nodes', 10, (of, each) => send(of, each, `/nodes/${of.node.nodeId}/interfaces/${anInterface(of)}`, of.owner)],
    ['nodes', 11, after(placed, as('/nodes/:node/credentials/rotate', ownerOf))],
    ['nodes', 15, as('/nodes/:node/config', nobody)],
    ['nodes', 16, as('/nodes/:node/config', async (of) => (await of.enrol()).token)],
    ['nodes', 17, agent('/heartbeat')],
    ['nodes', 18, after((of) => beating(of, observed.nodes[17] as Exchange), agent('/inventory'))],
    ['nodes', 19, agent('/config')],
    ['nodes', 20, as('/nodes/:node/meters', ownerOf)],
    ['nodes', 21, agent('/meter-frame')],
    ['nodes', 23, agent('/listen/chunk', new Uint8Array(8044))],
    ['nodes', 24, agent('/listen/chunk', new Uint8Array(524_289))],
    ['nodes', 27, claiming],
    ['nodes', 28, after((of) => of.order(), claiming)],
    ['nodes', 29, after((of) => of.order({ captureChannelSelection: [1, 2] }), claiming)],
    ['nodes', 30, ofJob('/heartbeat')],
    ['nodes', 31, ofJob('', stopping)],
    ['nodes', 32, ofJob('/cancelled', stopping)],
    ['nodes', 33, ofJob('/failed')],
    ['nodes', 34, upload(fail)],
    ['nodes', 35, upload()],
    ['nodes', 36, chunks],
    ['nodes', 37, reporting],
    ['nodes', 38, agent('/health-events')],
    ['nodes', 39, ofJob('', fail)],
    ['recordings', 0, user('/recordings')],
    ['recordings', 1, after((of) => of.order(), user('/recordings'))],
    ['recordings', 2, as('/recordings', ownerOf, pick)],
    ['recordings', 3, as('/recordings', aViewer)],
    ['recordings', 4, as('/recordings', nobody)],
    ['recordings', 5, after((of) => filing(of, observed.recordings[19] as Exchange), user('/recordings'))],
    ['recordings', 6, user('/recordings')],
    [
      'recordings',
      11,
      after(inARoom, async (of, each) =>
        send(of, each, `/recordings/${(await of.running()).recording}/stop`, of.owner),
      ),
    ],
    ['recordings', 12, after((of) => of.order({ captureChannelSelection: [1, 2] }), claiming)],
    ['recordings', 13, after((of) => of.running(), as('/recording-jobs?limit=1', ownerOf))],
    [
      'recordings',
      14,
      async (of, each) => {
        const { job } = await of.running({ captureChannelSelection: [1, 2] })
        return send(of, each, `/recording-jobs/${job}/actions`, of.owner)
      },
    ],
    ['recordings', 15, listedChunks],
    ['recordings', 16, retrying],
    ['recordings', 17, retryingTwice],
    ['recordings', 18, bulkStop],
    ['recordings', 19, upload()],
    ['recordings', 20, upload(fail)],
    ['recordings', 21, async (of, each) => send(of, each, `/recordings/${await filed(of)}/playback`, of.owner)],
    ['recordings', 22, async (of, each) => send(of, each, `/recordings/${await filed(of)}/stream`, of.owner)],
    ['recordings', 23, async (of, each) => send(of, each, `/recordings/${await filed(of)}/download`, of.owner)],
    [
      'recordings',
      24,
      async (of, each) => send(of, each, `/recordings/${(await of.running()).recording}/download`, of.owner),
    ],
    ['recordings', 38, chunks],
    ['access', 0, as('/auth/login', nobody, () => signIn)],
    ['access', 1, as('/auth/login', nobody)],
    ['access', 2, as('/auth/login', nobody)],
    ['access', 3, as('/auth/me', nobody)],
    ['access', 6, as('/auth/me', nobody)],
    ['access', 7, as('/healthz', nobody)],
    ['access', 4, as('/auth/users', nobody)],
    ['access', 5, (of, each) => of.ask('POST', '/auth/users', { token: of.owner, body: each.request.body })],
    ['access', 8, creating],
    ['access', 9, after((of) => creating(of, observed.access[8] as Exchange), creating)],
    ['access', 10, creating],
    ['access', 11, after((of) => of.account(), user('/auth/users'))],
    ['access', 12, async (of, each) => send(of, each, `/auth/users/${await of.account()}`, of.owner)],
    ['access', 13, async (of, each) => send(of, each, `/auth/users/${await of.account()}/access`, of.owner)],
    ['access', 14, demoting],
    ['access', 15, async (of, each) => send(of, each, `/auth/users/${await of.account()}/status`, of.owner)],
    ['access', 16, founding],
    ['access', 17, founding],
    ['access', 18, after((of) => founding(of, observed.access[16] as Exchange), user('/auth/groups/b-ard-room'))],
    ['access', 19, renamedGroup('/members', async (of) => ({ memberIds: [await of.account(), await of.account()] }))],
    ['access', 24, renamedGroup('')],
    ['access', 20, as('/auth/access-policies', ownerOf, () => repeated)],
    ['access', 21, user('/auth/access-policies')],
    ['access', 22, as('/nodes/:node', aViewer)],
    ['access', 23, after(denied, as('/nodes/:node', ownerOf))],
    ['access', 25, as('/nodes/:node/heartbeat', nobody)],
    ['access', 27, editedAccess],
    ['access', 28, user('/audit-events')],
    ['access', 29, after((of) => of.enrol(), user('/audit-events/export'))],
    ['access', 30, exportingEvents((login, enrolment) => [login, enrolment])],
    ['access', 31, exportingEvents((login) => [login, 'missing'])],
    ['access', 32, user('/audit-events/facets')],
    ['access', 33, async (of, each) => send(of, each, `/audit-events/${await editAccess(of)}`, of.owner)],
    ['access', 34, comingBack],
    ['access', 35, comingBackAs({ sub: 'nobody' })],
    ['access', 36, as('/auth/oidc/login', nobody)],
    ['access', 37, departing],
  ]

  /** What "Do better" items of the contract change, with the item. */
  const better: Readonly<Record<string, (differences: readonly string[]) => readonly string[]>> = {
    // Rank 12: rotateCredential is enabled for every stored node, so it has an href and no reason.
    'nodes 8': (differences) => differences.filter((each) => !each.includes('rotateCredential')),
    // A recording in pieces has a waveform too, of the whole.
    'nodes 36': (differences) => differences.filter((each) => !each.includes('waveformPreview')),
    // What nobody has claimed is over at once.
    'recordings 18': (differences) => differences.filter((each) => !/completedAt|failureReason/.test(each)),
    // A link for players and browsers is added to what was there.
    'recordings 21': (differences) => differences.filter((each) => !each.includes('ticketUrl')),
    'recordings 23': (differences) => differences.filter((each) => !each.includes('ticketUrl')),
    'recordings 38': (differences) => differences.filter((each) => !each.includes('waveformPreview')),
  }

  test.each(there ? replays : [])('%s %d', async (file, index, replay) => {
    const exchange = observed[file][index] as Exchange
    const answer = await replay(await world(), exchange)
    const { status, contentType, json, text, headers = {} } = exchange.response
    expect(answer.status).toBe(status)
    expect(answer.headers.get('content-type')).toBe(contentType)
    expect(membersOf(answer.headers.get('location'))).toEqual(membersOf(headers['location']))
    const name = headers['content-disposition']
    if (name?.includes('audit')) expect(nameless(answer.headers.get('content-disposition'))).toBe(nameless(name))
    if (text?.startsWith('"')) expect(answer.body.split('\n')[0]).toBe(text.split('\n')[0])
    if (json === undefined) return
    // Each error names its request besides ("Do better" of access.md 1.2).
    const { requestId: _, ...body } = answer.body
    const differences = differing(json, body, '$')
    expect((better[`${file} ${index}`] ?? ((all) => all))(differences)).toEqual([])
  })
})

/** A file is named after its controller and its moment; the rest is agreed. */
const nameless = (said: string | null) => said?.replace(/rakkr|roomtone/, '').replaceAll(/\d/g, '0')

/** Where two values differ in their keys or in their kinds of JSON; of lists, the first members are looked at. */
function differing(expected: unknown, found: unknown, at: string): readonly string[] {
  const kind = (value: unknown) => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value)
  if (kind(expected) !== kind(found)) return [`${at}: ${kind(expected)} was expected, ${kind(found)} came`]
  if (Array.isArray(expected) && Array.isArray(found)) {
    if (at.endsWith('.issues') || expected.length === 0 || found.length === 0) return []
    // Things of one list may differ in what is set: it is enough that ours is like one of theirs.
    const each = expected.map((one) => differing(one, found[0], `${at}[0]`))
    return each.find((differences) => differences.length === 0) ?? each[0] ?? []
  }
  if (kind(expected) !== 'object') return []
  const [a, b] = [expected as Record<string, unknown>, found as Record<string, unknown>]
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((key) => {
    if (!(key in b)) return [`${at}.${key} is missing`]
    return key in a ? differing(a[key], b[key], `${at}.${key}`) : [`${at}.${key} is not in the contract`]
  })
}

/** What an address says, in its query and its fragment. */
function membersOf(location: string | null | undefined): readonly string[] {
  if (!location) return []
  const { searchParams, hash } = new URL(location)
  return [...searchParams.keys(), ...new URLSearchParams(hash.slice(1)).keys()].sort()
}

/** Half a second of a tone, 16-bit mono. */
function aWav(): Uint8Array<ArrayBuffer> {
  const samples = Int16Array.from({ length: 8000 }, (_, i) => Math.round(8000 * Math.sin(i / 6)))
  return writeWav({ sampleRateHz: 16_000, channelCount: 1, samples })
}

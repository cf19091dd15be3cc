import { afterEach, describe, expect, test } from 'bun:test'
import { type Address, connect, type Sql } from '../../adapters/storage/postgres/client.ts'
import { openPostgres } from '../../adapters/storage/postgres/open.ts'
import { StorageUnavailable, type Urgency, urgencies } from '../../core/ports/storage.ts'
import { TestRoom } from './testing-room.ts'
import { freshDatabases } from './testing-storages.ts'
import { soon } from './testing-tools.ts'

const database = freshDatabases()

interface Known {
  readonly nodeId: string
  readonly token: string
}

/** A controller whose database can be held up, and which counts how many commits of each kind were asked for. */
class HeldUp {
  readonly asked: Record<Urgency, number> = { urgent: 0, ordinary: 0, routine: 0, refused: 0 }
  readonly room: TestRoom
  readonly #sql: Sql
  #release: (() => Promise<void>) | undefined

  private constructor(room: TestRoom, address: Address) {
    this.room = room
    this.#sql = connect(address, { max: 2 })
  }

  static async open(auditFolding = false): Promise<HeldUp> {
    const address = await database()
    const open: Parameters<typeof TestRoom.open>[0] = async (listener) => {
      const storage = await openPostgres(address, listener)
      return {
        ...storage,
        commit(changes, epoch) {
          if (held) held.asked[changes.urgency ?? 'ordinary']++
          return storage.commit(changes, epoch)
        },
      }
    }
    let held: HeldUp | undefined
    held = new HeldUp(await TestRoom.open(open, { auditFolding }), address)
    return held
  }

  /** From now on nothing can be written; one beat is on its way to the database, and waits there. */
  async hold(
    nodeId: string,
    token: string,
    hostname = 'first',
  ): Promise<{ readonly first: Promise<{ readonly status: number }> }> {
    const { promise: holding, resolve: held } = Promise.withResolvers<void>()
    const { promise: over, resolve: end } = Promise.withResolvers<void>()
    const ended = this.#sql.begin(async (tx) => {
      await tx`select 1 from audit_head for update`
      await tx`select 1 from presences for update`
      held()
      await over
    })
    await holding
    this.#release = async () => {
      end()
      await ended
    }
    for (const each of urgencies) this.asked[each] = 0
    const first = this.beat(nodeId, token, hostname)
    await soon(async () => {
      const [row] = await this.#sql`select count(*)::int as n from pg_locks join pg_stat_activity using (pid)
        where not granted and datname = current_database()`
      expect(row?.['n']).toBeGreaterThan(0)
    })
    return { first }
  }

  async release(): Promise<void> {
    await this.#release?.()
    this.#release = undefined
  }

  beat(nodeId: string, token: string, hostname: string) {
    return this.room.ask('POST', `/nodes/${nodeId}/heartbeat`, { token, body: { agentVersion: '1', hostname } })
  }

  /** A node that has something to claim. */
  async ordered(owner: string): Promise<Known> {
    const { nodeId, token } = await this.room.enrol(owner)
    await this.room.ask('POST', '/recordings', { token: owner, body: { nodeId, recordingProfileId: 'voice-wav' } })
    return { nodeId, token }
  }

  claim({ nodeId, token }: Known) {
    return this.room.ask('POST', `/nodes/${nodeId}/recording-jobs/claim-next-group`, { token })
  }

  async arrived(least: Partial<Record<Urgency, number>>): Promise<void> {
    await soon(async () => {
      for (const each of urgencies) expect(this.asked[each]).toBeGreaterThanOrEqual(least[each] ?? 0)
    })
  }

  /** What the audit has from a moment on, in the order in which it was written. */
  async writtenAfter(seq: number): Promise<readonly { action: string; hostname: string | undefined }[]> {
    const rows = await this.#sql<{ action: string; hostname: string | null }[]>`
      select action, after->>'hostname' as hostname from audit where seq > ${seq} order by seq`
    return rows.map(({ action, hostname }) => ({ action, hostname: hostname ?? undefined }))
  }

  async seq(): Promise<number> {
    const [row] = await this.#sql<{ seq: number }[]>`select coalesce(max(seq), 0)::int as seq from audit`
    return row?.seq ?? 0
  }

  async close(): Promise<void> {
    await this.release()
    await this.room.close()
    await this.#sql.end()
  }
}

const BEAT = 'nodes.heartbeat.succeeded'
const statuses = (answers: readonly { readonly status: number }[]) => [...new Set(answers.map(({ status }) => status))]
const isSentAway = ({ status }: { readonly status: number }) => status === 503

describe('when more comes than can be written', () => {
  let held: HeldUp
  afterEach(() => held.close())

  test('claims, beats of jobs and uploads that came last are written before the telemetry that came first', async () => {
    held = await HeldUp.open()
    const { room } = held
    const { nodeId, token, put } = await room.captured()
    const { owner, post } = await room.captured()
    const waiting = await held.ordered(owner)
    const before = await held.seq()
    const { first } = await held.hold(nodeId, token)
    const beats = Array.from({ length: 600 }, (_, i) => held.beat(nodeId, token, `beat ${i}`))
    const sample = put(new Uint8Array(1000), { 'x-rakkr-duration-seconds': '1' })
    await held.arrived({ routine: 601, urgent: 1 })
    const claim = held.claim(waiting)
    const jobBeat = post('heartbeat')
    await held.arrived({ urgent: 3 })
    await held.release()
    expect(statuses([await first, await claim, await jobBeat, await sample])).toEqual([202, 200, 201])
    await Promise.all(beats)

    const written = (await held.writtenAfter(before)).map(({ action }) => action)
    const [beat, ...urgent] = written.slice(0, 4)
    expect(beat).toBe(BEAT)
    expect(urgent.toSorted()).toEqual([
      'recording_jobs.claim_next_group.succeeded',
      'recording_jobs.heartbeat.succeeded',
      'recording_jobs.heartbeat.succeeded',
    ])
  }, 30_000)

  test('telemetry, reads and refusals that would wait for too long are sent away and not written; people are not', async () => {
    held = await HeldUp.open()
    const { room } = held
    const { owner, nodeId, token, post } = await room.captured()
    const before = await held.seq()
    const { first } = await held.hold(nodeId, token)
    const change = room.ask('PATCH', `/nodes/${nodeId}`, { token: owner, body: { alias: 'Changed meanwhile' } })
    const jobBeat = post('heartbeat')
    const crowd = await Promise.all([
      ...Array.from({ length: 200 }, (_, i) => held.beat(nodeId, token, `beat ${i}`)),
      room.ask('GET', '/nodes', { token: owner }),
      held.beat(nodeId, 'a token of nobody', 'stranger'),
    ])
    expect(statuses(crowd)).toEqual([503])
    for (const { body, headers } of crowd) {
      expect(body).toEqual({ error: expect.any(String), reason: 'overloaded', requestId: expect.any(String) })
      expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
    }
    expect((await room.fetch(new Request('http://localhost/readyz'))).status).toBe(200)
    expect((await room.ask('GET', '/healthz')).status).toBe(200)
    expect(room.room.world.storage.auditing()).toBe(true)

    await held.release()
    expect([(await first).status, (await change).status, (await jobBeat).status]).toEqual([202, 200, 200])
    expect((await held.beat(nodeId, token, 'afterwards')).status).toBe(202)
    const beats = (await held.writtenAfter(before)).filter(({ action }) => action.startsWith('nodes.heartbeat'))
    expect(beats).toEqual([
      { action: BEAT, hostname: 'first' },
      { action: BEAT, hostname: 'afterwards' },
    ])
    const node = await room.ask('GET', `/nodes/${nodeId}`, { token: owner })
    expect(node.body.data).toMatchObject({ alias: 'Changed meanwhile', hostname: 'afterwards', status: 'online' })
  }, 30_000)

  test('a flood of beats is bounded, is told to come back spread out, and takes no place of a claim', async () => {
    held = await HeldUp.open()
    const { room } = held
    const { owner, nodeId, token } = await room.captured()
    const waiting = await held.ordered(owner)
    const before = await held.seq()
    const { first } = await held.hold(nodeId, token)
    let sentAway = 0
    const beats = Array.from({ length: 14_000 }, async (_, i) => {
      const answer = await held.beat(nodeId, token, `beat ${i}`)
      if (isSentAway(answer)) sentAway++
      return answer
    })
    await soon(async () => expect(sentAway).toBeGreaterThanOrEqual(4_000))
    expect(held.asked.routine).toBeLessThanOrEqual(12_000)
    const claim = held.claim(waiting)
    await held.arrived({ urgent: 1 })
    await held.release()
    expect([(await first).status, (await claim).status]).toEqual([202, 200])

    const answers = await Promise.all(beats)
    const taken = answers.filter((each) => !isSentAway(each))
    expect(statuses(taken)).toEqual(taken.length > 0 ? [202] : [])
    const written = (await held.writtenAfter(before)).filter(({ action }) => action === BEAT)
    expect(written.length).toBe(taken.length + 1)
    const waits = answers.filter(isSentAway).map(({ headers }) => Number(headers.get('retry-after')))
    const inOneSecond = Math.max(...[...new Set(waits)].map((second) => waits.filter((each) => each === second).length))
    expect(inOneSecond).toBeLessThanOrEqual(1000)
    expect((await held.beat(nodeId, token, 'afterwards')).status).toBe(202)
  }, 60_000)

  test('a repeat that was sent away is not counted as one', async () => {
    held = await HeldUp.open(true)
    const { room } = held
    const owner = await room.signIn()
    const { nodeId, token } = await room.enrol(owner)
    await held.beat(nodeId, token, 'rec')
    await held.beat(nodeId, token, 'rec')
    const { first } = await held.hold(nodeId, token, 'rec')
    const crowd = await Promise.all(Array.from({ length: 5 }, () => held.beat(nodeId, token, 'rec')))
    expect(statuses(crowd)).toEqual([503])
    await held.release()
    expect((await first).status).toBe(202)

    room.clock.at += 6 * 60_000
    await held.beat(nodeId, token, 'rec')
    const { body } = await room.ask('GET', `/audit-events?action=${BEAT}`, { token: owner })
    const repeated = body.data.map(({ details }: { details: { repeated?: number } }) => details.repeated)
    expect(repeated).toEqual([1, undefined, undefined])
  }, 30_000)
})

test('while the database is away everyone is told to come back one after the other, and jobs at once', async () => {
  const room = await TestRoom.open()
  const { nodeId, token, post } = await room.captured()
  room.room.world.storage.commit = async () => {
    throw new StorageUnavailable('away')
  }
  const body = { agentVersion: '1', hostname: 'rec' }
  const beats = Array.from({ length: 1_200 }, () => room.ask('POST', `/nodes/${nodeId}/heartbeat`, { token, body }))
  const waits = (await Promise.all(beats)).map(({ headers }) => headers.get('retry-after'))
  expect(new Set(waits)).toEqual(new Set(['1', '2', '3']))
  const jobBeat = await post('heartbeat')
  expect([jobBeat.status, jobBeat.body.reason]).toEqual([503, 'database_unavailable'])
  expect(jobBeat.headers.get('retry-after')).toBe('1')
  await room.close()
})

import { afterEach, describe, expect, test } from 'bun:test'
import { anEntry } from '../../adapters/storage/conformance/builders.ts'
import type { AuditEntry } from '../../core/audit/entry.ts'
import { type Answer, TestRoom } from './testing-room.ts'
import { everyStorage } from './testing-storages.ts'

interface Shown {
  readonly id: string
  readonly createdAt: string
  readonly action: string
  readonly details: Record<string, unknown>
}

/** Read as RFC 4180 has it; every cell stands in quotes. */
const rowsOf = (csv: string): readonly (readonly string[])[] => {
  const rows: string[][] = [[]]
  for (const [, cell = '', end] of csv.matchAll(/"((?:[^"]|"")*)"(,|\n|$)/g)) {
    rows.at(-1)?.push(cell.replaceAll('""', '"'))
    if (end === '\n') rows.push([])
  }
  return rows
}
const linesOf = (ndjson: string): readonly Shown[] =>
  ndjson
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))

for (const [name, storage] of everyStorage()) {
  describe(`the audit is read: ${name}`, () => {
    let room: TestRoom
    afterEach(() => room.close())

    const open = async () => {
      room = await TestRoom.open(storage)
      const owner = await room.signIn()
      const get = (path: string, token = owner) => room.ask('GET', `/audit-events${path}`, { token })
      const post = (body: unknown, query = '', token = owner) =>
        room.ask('POST', `/audit-events/export${query}`, { token, body })
      const last = async (action: string): Promise<Answer['body']> => (await get(`?action=${action}`)).body.data[0]
      const record = (entries: readonly AuditEntry[]) => room.room.world.storage.commit({ audit: entries })
      return { owner, get, post, last, record }
    }

    test('facets count the whole match, whatever the page, and of that what the reader may see', async () => {
      const { owner, get, record } = await open()
      const [a, b] = [await room.enrol(owner), await room.enrol(owner)]
      const of = (nodeId: string, more: object) =>
        anEntry({
          target: { type: 'node', id: nodeId },
          targetKin: [`node:${nodeId}`],
          action: 'facet.test',
          ...more,
        } as never)
      await record([
        ...Array.from({ length: 600 }, () => of(a.nodeId, {})),
        of(b.nodeId, { outcome: 'failed', reason: 'tired', permission: 'node:read' }),
        of(b.nodeId, { outcome: 'failed', reason: 'bored', action: 'facet.test.b' }),
      ])
      const facets = (await get('/facets?action=facet.test&limit=1&offset=9')).body.data
      expect(facets).toEqual({
        actions: [
          { value: 'facet.test', count: 601 },
          { value: 'facet.test.b', count: 1 },
        ],
        actorTypes: [{ value: 'user', count: 602 }],
        outcomes: [
          { value: 'succeeded', count: 600 },
          { value: 'failed', count: 2 },
        ],
        permissions: [{ value: 'node:read', count: 1 }],
        reasons: [
          { value: 'bored', count: 1 },
          { value: 'tired', count: 1 },
        ],
        targetTypes: [{ value: 'node', count: 602 }],
        total: 602,
      })
      const auditor = await room.user(['auditor'], [{ resourceType: 'node', resourceId: b.nodeId }])
      const seen = (await get('/facets?action=facet.test', auditor.token)).body.data
      expect(seen).toMatchObject({ total: 2, outcomes: [{ value: 'failed', count: 2 }] })
      expect((await get('/facets?action=facet.test&reason=TIRE')).body.data.total).toBe(1)
      await record([of(a.nodeId, { action: 'facet.test.b' })])
      expect((await get('/facets?action=facet.test')).body.data.total).toBe(603)
    })

    test('a CSV is of everything that matches, newest first, every cell quoted and no cell a formula', async () => {
      const { owner, get, last } = await open()
      for (const alias of ['=cmd()', 'one', 'say "two"\nor more']) await room.enrol(owner, { alias })
      const answer = await get('/export?action=nodes.enroll.succeeded&limit=1&offset=1')
      expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8')
      expect(answer.headers.get('content-disposition')).toMatch(
        /^attachment; filename="roomtone-audit-events-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z\.csv"$/,
      )
      const [head, ...rows] = rowsOf(answer.body)
      expect(head?.join()).toBe(
        'createdAt,actorType,actorId,actorName,actorRoles,action,permission,targetType,targetId,targetName,outcome,reason,correlationIds,details,before,after',
      )
      expect(rows.map((row) => row[9])).toEqual(['say "two"\nor more', 'one', "'=cmd()"])
      const event = await last('nodes.enroll.succeeded')
      const { actor, target } = event
      expect(rows[0]).toEqual([
        ...[event.createdAt, 'user', actor.id, actor.name, 'owner', event.action, 'node:manage', 'node', target.id],
        ...[target.name, 'succeeded', '', '{}', JSON.stringify(event.details), '', JSON.stringify(event.after)],
      ])
      // Every cell is in quotes, and nothing is between them but what divides them.
      expect(answer.body.replaceAll(/"(?:[^"]|"")*"/g, 'x')).toMatch(/^x(,x){15}(\nx(,x){15}){3}$/)
      expect((await last('audit.events.export.succeeded')).details).toMatchObject({ exportedCount: 3, format: 'csv' })
      expect((await get('/export?action=no.such.thing')).body).toBe(answer.body.split('\n')[0])
    })

    test('NDJSON tells the same in the order in which it happened, an event a line as lists show it', async () => {
      const { owner, get, last } = await open()
      await room.enrol(owner)
      const { token } = await room.user(['auditor'], [{ resourceType: 'node', resourceId: '*' }])
      const answer = await get('/export?format=ndjson', token)
      expect(answer.headers.get('content-type')).toBe('application/x-ndjson')
      expect(answer.headers.get('content-disposition')).toMatch(/\.ndjson"$/)
      const events = linesOf(answer.body)
      expect((await last('audit.events.export.succeeded')).details).toMatchObject({ exportedCount: events.length })
      const { data } = (await get(`?to=${events.at(-1)?.createdAt}&limit=500`, token)).body
      expect(data.toReversed().slice(0, events.length)).toEqual(events)
      expect((await get('/export?format=xml')).status).toBe(400)
    })

    test('chosen events come in the order asked for, each once; one that is hidden or missing, and there is no file', async () => {
      const { owner, get, post, last } = await open()
      const [a, b] = [await room.enrol(owner), await room.enrol(owner)]
      const [second, first] = (await get('?action=nodes.enroll.succeeded')).body.data
      const eventIds = [second.id, first.id, ` ${second.id} `]
      const answer = await post({ eventIds })
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8'])
      expect(rowsOf(answer.body).map((row) => row[8])).toEqual(['targetId', b.nodeId, a.nodeId])
      const succeeded = await last('audit.events.export_selected.succeeded')
      expect(succeeded.details).toMatchObject({ exportedCount: 2, requestedCount: 3 })
      expect(succeeded.correlationIds).toEqual({ auditEventId1: second.id, auditEventId2: first.id })
      expect(linesOf((await post({ eventIds }, '?format=ndjson')).body)).toEqual([second, first])

      const auditor = await room.user(['auditor'], [{ resourceType: 'node', resourceId: b.nodeId }])
      const refused = await post({ eventIds: [second.id, 'gone', first.id] }, '', auditor.token)
      expect([refused.status, refused.body]).toMatchObject([404, { error: 'Audit event not found', eventId: 'gone' }])
      const hidden = await post({ eventIds: [second.id, first.id] }, '', auditor.token)
      expect([hidden.status, hidden.body.eventId]).toEqual([404, first.id])
      expect(await last('audit.events.export_selected.failed')).toMatchObject({
        reason: 'audit_event_not_found',
        details: { eventIds: [second.id, first.id], missingId: first.id },
      })
      for (const body of [{}, { eventIds: [] }, { eventIds: [''] }, { eventIds, more: 1 }]) {
        expect((await post(body)).status).toBe(400)
      }
      expect((await post({ eventIds: Array.from({ length: 501 }, (_, i) => `${i}`) })).status).toBe(400)
      expect((await post({ eventIds }, '?format=xml')).status).toBe(400)
      expect((await last('audit.events.export_selected.failed')).reason).toBe('invalid_request')
    })

    test('what can be done with one event is said beside it, to those who may see it', async () => {
      const { owner, get, last } = await open()
      await room.enrol(owner)
      const { id } = await last('nodes.enroll.succeeded')
      const { data } = (await get(`/${id}/actions`)).body
      expect(data).toEqual((await get(`/${id}`)).body.data)
      expect(data.actions.export).toMatchObject({ enabled: true, href: `/api/v1/audit-events/export?id=${id}` })
      expect(rowsOf((await get(`/export?id=${id}`)).body)).toHaveLength(2)
      const stranger = await room.user(['auditor'])
      expect((await get(`/${id}/actions`, stranger.token)).status).toBe(404)
      expect((await last('audit.events.actions.read.failed')).details.eventId).toBe(id)
    })

    test.each(['', '/facets', '/export'])('a filter that is none is told so: %s', async (path) => {
      const { get, last } = await open()
      for (const query of ['outcome=maybe', 'permission=all', 'limit=0', 'offset=-1', 'from=never']) {
        const { status, body } = await get(`${path}?${query}`)
        expect([status, body.error, Array.isArray(body.issues)]).toEqual([400, 'Invalid audit filters', true])
      }
      expect((await last('.failed')).reason).toBe('invalid_filters')
    })

    test.each(['csv', 'ndjson'])(
      'what is recorded while %s is read is not in it, and nothing is twice or missing',
      async (format) => {
        const { owner, record, last } = await open()
        // Half of them at one moment, so that only their ids tell them apart.
        const many = Array.from({ length: 4000 }, (_, i) =>
          anEntry({ action: 'grows', createdAt: room.clock.at + (i % 2) * i, details: { i } }),
        )
        await record(many)
        const reading = await reader(owner, `?action=grows&format=${format}`)
        const text: string[] = []
        for (let piece = await reading.next(); piece !== undefined; piece = await reading.next()) {
          text.push(piece)
          await record([anEntry({ action: 'grows', createdAt: room.clock.at + (text.length % 2) * 10_000 })])
        }
        expect(text.length).toBeGreaterThan(2)
        const whole = text.join('')
        const read =
          format === 'csv'
            ? rowsOf(whole)
                .slice(1)
                .map((row) => JSON.parse(row[13] ?? '').i)
            : linesOf(whole).flatMap((line) => ('details' in line ? [line.details['i']] : []))
        const newestFirst = (a: AuditEntry, b: AuditEntry) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1)
        const expected = format === 'csv' ? many.toSorted(newestFirst) : many
        expect(read).toEqual(expected.map(({ details }) => details['i'] as number))
        expect((await last('audit.events.export.succeeded')).details.exportedCount).toBe(4000)
      },
    )

    test('an export ends with the session it was asked for in', async () => {
      const { owner, record } = await open()
      await record(Array.from({ length: 4000 }, () => anEntry()))
      const token = await room.signIn()
      const [cut, whole] = [await reader(token, ''), await reader(owner, '')]
      expect([await cut.next(), await whole.next()]).not.toContain(undefined)
      await room.ask('POST', '/auth/logout', { token })
      room.clock.at += 5_000
      const rest = async ({ next }: typeof cut) => {
        for (let piece = await next(); piece !== undefined; piece = await next());
      }
      expect(await rest(whole).then(() => 'read to its end')).toBe('read to its end')
      expect(await rest(cut).catch(() => 'cut')).toBe('cut')
    })

    test('an export ends when its reader sees less than when it was asked for', async () => {
      const { owner, record } = await open()
      await record(Array.from({ length: 4000 }, () => anEntry()))
      const { user, token } = await room.user(['admin'])
      const cut = await reader(token, '?format=ndjson')
      expect(await cut.next()).toBeDefined()
      const body = { roles: ['auditor'], resourceGrants: [], groupIds: [] }
      const lowered = await room.ask('PATCH', `/auth/users/${user.id}/access`, { token: owner, body })
      expect(lowered.status).toBe(200)
      room.clock.at += 5_000
      const toItsEnd = async () => {
        for (let piece = await cut.next(); piece !== undefined; piece = await cut.next());
        return 'read to its end'
      }
      expect(await toItsEnd().catch(() => 'cut')).toBe('cut')
    })

    test('HEAD says what kind of file there would be, and makes none', async () => {
      const { owner } = await open()
      const answer = await room.ask('HEAD', '/audit-events/export', { token: owner })
      expect([answer.status, answer.body]).toEqual([200, ''])
      expect(answer.headers.get('content-disposition')).toContain('roomtone-audit-events-')
    })

    async function reader(token: string, query: string) {
      const url = `http://localhost/api/v1/audit-events/export${query}`
      const answer = await room.fetch(new Request(url, { headers: { authorization: `Bearer ${token}` } }))
      const reading = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
      return { next: async () => (await reading?.read())?.value }
    }
  })
}

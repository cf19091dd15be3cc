import { expect, test } from 'bun:test'
import { aJob, fakeController, NODE_ID, TOKEN } from '../testing-controller.ts'
import { callOf } from './call.ts'
import { clientOf } from './client.ts'

const url = 'http://localhost'

test('the credential goes with every call, the name of the agent with two', async () => {
  const { controller, client } = given()
  controller.offer(aJob('job_1'))
  await client.heartbeat({})
  expect(await client.claimNextGroup()).toMatchObject({
    ok: true,
    status: 200,
    data: [{ id: 'job_1', status: 'running' }],
  })
  await client.jobHeartbeat('job_1')
  await client.job('job_1')
  expect(controller.received.map(({ headers }) => headers.get('authorization'))).toEqual(
    Array(4).fill(`Bearer ${TOKEN}`),
  )
  const named = controller.received.map(({ headers }) => headers.get('x-rakkr-agent-id'))
  expect(named).toEqual([null, NODE_ID, NODE_ID, null])
})

test('nothing waiting is no jobs', async () => {
  expect(await given().client.claimNextGroup()).toMatchObject({ ok: true, status: 204, data: [] })
})

test('whatever is not 2xx has failed, with what the controller said of it', async () => {
  const { controller, client } = given()
  controller.overrides.set('GET config', () => Response.json({ error: 'Node not found' }, { status: 404 }))
  expect(await client.config()).toEqual({ ok: false, status: 404, error: '404 Node not found' })
  controller.overrides.set('GET config', () => new Response('<html>', { status: 502 }))
  expect(await client.config()).toEqual({ ok: false, status: 502, error: '502' })
  controller.overrides.set('GET config', () => {
    throw new Error('connection refused')
  })
  expect(await client.config()).toEqual({ ok: false, error: 'connection refused' })
})

test('what cannot be decoded has failed too, with the member that is to blame', async () => {
  const { controller, client } = given()
  const { outputFileName: _, ...command } = aJob('job_1').command
  controller.overrides.set('GET job', () => Response.json({ data: { ...aJob('job_1'), command } }))
  expect(await client.job('job_1')).toMatchObject({ ok: false, error: expect.stringContaining('outputFileName') })
  const fractional = aJob('job_1', { captureSampleRate: 48_000.5 })
  controller.overrides.set('GET job', () => Response.json({ data: fractional }))
  expect(await client.job('job_1')).toMatchObject({ ok: false, error: expect.stringContaining('captureSampleRate') })
})

test('members that may be null or unknown are no hindrance', async () => {
  const { controller, client } = given()
  const nulls = { captureBackend: null, channelMap: null, chunkSeconds: null, enhancement: null, outputCodec: null }
  const job = {
    ...aJob('job_1', nulls),
    failureReason: null,
    leaseExpiresAt: 'soon',
    command: { ...aJob('job_1', nulls).command, new: 1 },
  }
  controller.overrides.set('GET job', () => Response.json({ data: job }))
  expect(await client.job('job_1')).toMatchObject({ ok: true, data: { id: 'job_1' } })
})

test('a reason beyond ASCII arrives as raw UTF-8; one with a line break is never sent', async () => {
  const { controller, client } = given()
  controller.offer(aJob('job_1'))
  expect(await client.jobFailed('job_1', 'Gerät weg')).toMatchObject({ ok: true })
  const raw = controller.received.at(-1)?.headers.get('x-rakkr-reason') ?? ''
  expect(Buffer.from(raw, 'latin1').toString('utf8')).toBe('Gerät weg')

  controller.received.length = 0
  expect(await client.jobFailed('job_1', 'line one\nline two')).toMatchObject({ ok: false })
  expect(controller.received).toEqual([])
})

test('over a socket: one connection a request, and the whole length said beforehand', async () => {
  const seen: (string | null)[] = []
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: async (request) => {
      seen.push(request.headers.get('connection'), request.headers.get('content-length'))
      return Response.json({ data: (await request.bytes()).length })
    },
  })
  const call = callOf(fetch, `http://127.0.0.1:${server.port}///`, TOKEN)
  expect(await call({ method: 'PUT', path: '/x', bytes: new Uint8Array(100_000) })).toMatchObject({
    ok: true,
    data: 100_000,
  })
  expect(seen).toEqual(['close', '100000'])
  await server.stop(true)
  expect(await call({ method: 'GET', path: '/x' })).toMatchObject({ ok: false })
})

function given() {
  const controller = fakeController()
  return { controller, client: clientOf({ fetch: controller.fetch, url, nodeId: NODE_ID, token: TOKEN }) }
}

import { afterAll, beforeEach, expect, setDefaultTimeout, test } from 'bun:test'
import { join } from 'node:path'
import { readWav } from './sound/wav.ts'
import { aJob, fakeController, NODE_ID, TOKEN } from './testing-controller.ts'

setDefaultTimeout(30_000)

const OWNER = ['--enroll-as', 'owner@example.org', '--password'] as const

const controller = fakeController()
let signIns = 0
const enrolments: { readonly alias: string }[] = []
let captured: () => void = () => undefined
const server = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  fetch: async (request) => {
    const { pathname } = new URL(request.url)
    if (pathname === '/api/v1/auth/login') return login(await request.json())
    if (pathname === '/api/v1/nodes/enroll') return enrolled(request)
    const answer = await controller.fetch(request)
    if (request.method === 'PUT') captured()
    return answer
  },
})
afterAll(() => server.stop(true))
beforeEach(() => {
  signIns = 0
  enrolments.length = 0
  controller.received.length = 0
})

test('the command enrols a node, serves it over the network, and ends when told to', async () => {
  controller.offer(aJob('job_1', { durationSeconds: 1 }))
  const uploaded = new Promise<void>((resolve) => {
    captured = resolve
  })
  const agent = start(...OWNER, 'right', '--job-poll-seconds', '0.2')
  await uploaded
  agent.kill('SIGTERM')
  const [lines, code] = await Promise.all([new Response(agent.stdout).text(), agent.exited])

  expect(code).toBe(0)
  expect(lines).toStartWith(`enrolled ${NODE_ID}\n`)
  expect(enrolments).toMatchObject([
    { alias: 'Pretend Recorder', interfaces: [], location: { site: 'Unassigned Site' } },
  ])
  expect(lines).toContain('job job_1: capturing 1 s\n')
  expect(lines).toEndWith('stopped\n')
  expect(lines).not.toContain(TOKEN)
  expect(controller.calls().slice(0, 3)).toEqual(['POST health-events', 'POST inventory', 'POST heartbeat'])
  expect(controller.problems).toEqual([])
  const upload = controller.received.find(({ call }) => call.startsWith('PUT'))
  expect(readWav(upload?.bytes ?? new Uint8Array()).samples.length).toBe(48_000 * 2)
})

test('of several nodes each has its name and enrols after one sign-in, and lines say whose they are', async () => {
  controller.offer(aJob('job_2', { durationSeconds: 1 }))
  const uploaded = new Promise<void>((resolve) => {
    captured = resolve
  })
  const quick = ['--heartbeat-seconds', '0.3', '--job-poll-seconds', '0.2']
  const agents = start(...OWNER, 'right', '--nodes', '3', '--alias', 'Hall', ...quick)
  await uploaded
  agents.kill('SIGTERM')
  const [lines, code] = await Promise.all([new Response(agents.stdout).text(), agents.exited])

  expect(code).toBe(0)
  expect(signIns).toBe(1)
  expect(enrolments).toMatchObject([1, 2, 3].map((at) => ({ alias: `Hall ${at}`, location: { room: `Hall ${at}` } })))
  for (const at of [1, 2, 3]) {
    expect(lines).toContain(`Hall ${at}: enrolled ${NODE_ID}\n`)
    expect(lines).toContain(`Hall ${at}: inventory: 202\n`)
  }
  expect(lines).toMatch(/Hall [123]: job job_2: capturing 1 s\n/)
  expect(lines).toEndWith('stopped\n')
  expect(controller.problems).toEqual([])
})

test('an enrolment that is refused names the node, and how many there are by then', async () => {
  const agents = start(...OWNER, 'right', '--nodes', '5', '--alias', 'Full house')
  const [message, code] = await Promise.all([new Response(agents.stderr).text(), agents.exited])
  expect(message).toBe('Full house 3 was not enrolled (2 of 5 were): POST /nodes/enroll: 503 No room\n')
  expect(code).toBe(1)
  expect(controller.received).toEqual([])
})

test.each([
  ['POST /auth/login: 401 Invalid credentials', [...OWNER, 'wrong']],
  ['--heartbeat-seconds takes a positive number', ['--node', 'n', '--token', 't', '--heartbeat-seconds', 'soon']],
  ['not a RIFF file', ['--node', 'n', '--token', 't', '--audio', import.meta.path]],
  ['--nodes takes a whole number from 1 to 500, not "501"', [...OWNER, 'right', '--nodes', '501']],
  ['--node names one node', ['--node', 'n', '--token', 't', '--nodes', '2']],
  ['--stop takes discard or upload, not "later"', ['--node', 'n', '--token', 't', '--stop', 'later']],
  ['Usage:', []],
])('what cannot be is said, and the command fails: %s', async (message, args) => {
  const agent = start(...args)
  const [said, code] = await Promise.all([new Response(agent.stderr).text(), agent.exited])
  expect(said).toContain(message)
  expect(code).toBe(1)
})

function start(...args: readonly string[]) {
  const command = [
    process.execPath,
    join(import.meta.dir, 'main.ts'),
    '--url',
    `http://127.0.0.1:${server.port}`,
    ...args,
  ]
  return Bun.spawn(command, { stdout: 'pipe', stderr: 'pipe' })
}

function login(body: { readonly password: string }): Response {
  signIns += 1
  if (body.password !== 'right') return Response.json({ error: 'Invalid credentials' }, { status: 401 })
  return Response.json({ data: { token: 'operator' } })
}

async function enrolled(request: Request): Promise<Response> {
  expect(request.headers.get('authorization')).toBe('Bearer operator')
  const body = await request.json()
  if (body.alias === 'Full house 3') return Response.json({ error: 'No room' }, { status: 503 })
  enrolments.push(body)
  return Response.json({ data: { node: { id: NODE_ID }, credential: { token: TOKEN } } }, { status: 201 })
}

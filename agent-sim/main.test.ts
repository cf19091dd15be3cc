import { afterAll, expect, test } from 'bun:test'
import { join } from 'node:path'
import { aJob, fakeController, NODE_ID, TOKEN } from './testing-controller.ts'
import { readWav } from './wav.ts'

const controller = fakeController()
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

test('the command enrols a node, serves it over the network, and ends when told to', async () => {
  controller.offer(aJob('job_1', { durationSeconds: 1 }))
  const uploaded = new Promise<void>((resolve) => {
    captured = resolve
  })
  const agent = start('--enroll-as', 'owner@example.org', '--password', 'right', '--job-poll-seconds', '0.2')
  await uploaded
  agent.kill('SIGTERM')
  const [lines, code] = await Promise.all([new Response(agent.stdout).text(), agent.exited])

  expect(code).toBe(0)
  expect(lines).toContain(`enrolled ${NODE_ID}\n`)
  expect(lines).toContain('job job_1: capturing 1 s\n')
  expect(lines).toEndWith('stopped\n')
  expect(lines).not.toContain(TOKEN)
  expect(controller.calls().slice(0, 3)).toEqual(['POST health-events', 'POST inventory', 'POST heartbeat'])
  expect(controller.problems).toEqual([])
  const upload = controller.received.find(({ call }) => call.startsWith('PUT'))
  expect(readWav(upload?.bytes ?? new Uint8Array()).samples.length).toBe(48_000 * 2)
})

test('a refused sign-in and a wrong argument are said, and the command fails', async () => {
  for (const [args, message] of [
    [['--enroll-as', 'owner@example.org', '--password', 'wrong'], 'POST /auth/login: 401 Invalid credentials'],
    [['--node', 'n', '--token', 't', '--heartbeat-seconds', 'soon'], '--heartbeat-seconds takes a positive number'],
    [['--node', 'n', '--token', 't', '--audio', import.meta.path], 'not a RIFF file'],
    [[], 'Usage:'],
  ] as const) {
    const agent = start(...args)
    const [message_, code] = await Promise.all([new Response(agent.stderr).text(), agent.exited])
    expect(message_).toContain(message)
    expect(code).toBe(1)
  }
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
  if (body.password !== 'right') return Response.json({ error: 'Invalid credentials' }, { status: 401 })
  return Response.json({ data: { token: 'operator' } })
}

async function enrolled(request: Request): Promise<Response> {
  expect(request.headers.get('authorization')).toBe('Bearer operator')
  expect(await request.json()).toMatchObject({
    alias: 'Pretend Recorder',
    interfaces: [],
    location: { site: 'Unassigned Site' },
  })
  return Response.json({ data: { node: { id: NODE_ID }, credential: { token: TOKEN } } }, { status: 201 })
}

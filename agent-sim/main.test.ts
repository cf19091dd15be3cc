import { afterAll, beforeEach, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { readWav } from './sound/wav.ts'
import { aJob, fakeController, NODE_ID, TOKEN } from './testing-controller.ts'

setDefaultTimeout(60_000)

const NODE = ['--node', NODE_ID, '--token', TOKEN] as const
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
const slowOnes: Bun.Server<undefined>[] = []
afterAll(() => Promise.all([server, ...slowOnes].map((each) => each.stop(true))))
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

test.each([
  ['agent-sim/soak/crash.ts', '--at-once takes a whole number, 1 or more, not "0"', ['--at-once', '0']],
  ['agent-sim/soak/crash.ts', '--seed takes a whole number, 0 or more, not "x"', ['--seed', 'x']],
  ['agent-sim/soak/crash.ts', '[rounds] takes a whole number, 1 or more, not "2.5"', ['2.5']],
  ['agent-sim/world/main.ts', '--seeds takes a whole number, 1 or more, not "1.5"', ['--seeds', '1.5']],
  ['agent-sim/world/main.ts', '--from takes a whole number, 0 or more, not ""', ['--from', '']],
  ['bench/plans/main.ts', '--jobs takes a whole number, 0 or more, not "many"', ['--jobs', 'many']],
])('what would go on for long begins with numbers that are some: %s, %s', async (program, message, args) => {
  const child = spawn(join(import.meta.dir, '..', program), ...args)
  const [said, told] = await Promise.all([new Response(child.stderr).text(), new Response(child.stdout).text()])
  expect([said, told, await child.exited]).toEqual([`${message}\n`, '', 2])
})

describe('told to end', () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'by %s, twice at once, it lets the call under way finish',
    async (signal) => {
      const { url, called, answer, isCut } = slowController()
      const agent = start(...NODE, '--url', url)
      await called
      agent.kill(signal)
      agent.kill(signal)
      // Long enough for both to be heard.
      await sleep(500)
      expect(isCut()).toBe(false)
      answer()
      expect(await agent.exited).toBe(0)
      expect(isCut()).toBe(false)
      expect(await new Response(agent.stdout).text()).toEndWith('stopped\n')
    },
  )

  test('it does not wait for a controller that never answers', async () => {
    const { url, called } = slowController()
    const agent = start(...NODE, '--url', url)
    await called
    agent.kill('SIGTERM')
    expect(await agent.exited).toBe(0)
    expect(await new Response(agent.stdout).text()).toEndWith('stopped\n')
  })

  test('and once more after a while, it ends sooner', async () => {
    const [patient, impatient] = [slowController(), slowController()]
    const [one, other] = [start(...NODE, '--url', patient.url), start(...NODE, '--url', impatient.url)]
    await Promise.all([patient.called, impatient.called])
    for (const agent of [one, other]) agent.kill('SIGINT')
    await sleep(1500)
    other.kill('SIGINT')
    expect(await Promise.race([one.exited.then(() => 'one'), other.exited.then(() => 'other')])).toBe('other')
    expect(await other.exited).toBe(0)
    expect(await one.exited).toBe(0)
  })

  test('by whoever reads no further, it ends without a word', async () => {
    const command = `'${process.execPath}' '${main}' "$@" | head -n 1; exit $PIPESTATUS`
    const quick = ['--heartbeat-seconds', '0.2', '--nodes', '2', '--url', `http://127.0.0.1:${server.port}`]
    const shell = Bun.spawn(['bash', '-c', command, 'bash', ...OWNER, 'right', ...quick], { stderr: 'pipe' })
    const [errors, status] = await Promise.all([new Response(shell.stderr).text(), shell.exited])
    expect([errors, status]).toEqual(['', 0])
  })
})

const main = join(import.meta.dir, 'main.ts')
const spawn = (...words: readonly string[]) =>
  Bun.spawn([process.execPath, ...words], { stdout: 'pipe', stderr: 'pipe' })
const start = (...args: readonly string[]) => spawn(main, '--url', `http://127.0.0.1:${server.port}`, ...args)

/** One that takes its time over the first call, and the test says how much. */
function slowController() {
  const called = Promise.withResolvers<void>()
  const answered = Promise.withResolvers<Response>()
  let cut = false
  const slow = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch(request) {
      request.signal.addEventListener('abort', () => {
        cut = true
      })
      called.resolve()
      return answered.promise
    },
  })
  slowOnes.push(slow)
  return {
    url: `http://127.0.0.1:${slow.port}`,
    called: called.promise,
    answer: () => answered.resolve(new Response(null, { status: 202 })),
    isCut: () => cut,
  }
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

import { afterEach, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync, readdirSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { heard, secondsOf, testWith } from '../agent-sim/jobs/testing-encoders.ts'
import { readConfig } from './config.ts'
import { demonstrate } from './demo.ts'
import { bunHost, type HostProcess, TestHosts, until } from './process/testing-process.ts'

setDefaultTimeout(60_000)

const hosts = new TestHosts()
afterEach(() => hosts.clear())

testWith(
  ['curl', 'ffmpeg'],
  'a demo is started by one word, heard by what it prints, and leaves nothing behind',
  async () => {
    const { folder, temporary } = await folders()
    const inUse = { DATABASE_URL: 'postgres://u:p@127.0.0.1:9/in-use', ROOMTONE_DATA_DIR: join(folder, 'in-use') }
    const settings = { ...inUse, ROOMTONE_CAPTURE_SECONDS: '2', TMPDIR: temporary }
    const host = hosts.start(folder, settings, [...bunHost, '--demo'])
    await host.ready
    await until(() => host.output().includes('recordingProfileId'))
    await until(() => /upload rec_\S+ \d+ bytes: 201\n/.test(host.output()))
    expect(readdirSync(temporary).map((name) => name.slice(0, 13))).toEqual(['roomtone-demo'])

    const another = await shell(commandsOf(host.output()), folder)
    expect(JSON.parse(another)).toMatchObject({ data: { status: 'recording' }, job: { status: 'queued' } })
    const played = await heard(await Bun.file(join(folder, 'demo.mp3')).bytes())
    expect(Math.round(secondsOf(played))).toBe(2)
    expect(played.samples.some((sample) => Math.abs(sample) > 1000)).toBe(true)
    await until(() => /^http\S+ticket=\S+$/m.test(host.output()))
    const linked = await fetch(/^http\S+ticket=\S+$/m.exec(host.output())?.[0] ?? '')
    expect(linked.headers.get('content-type')).toBe('audio/mpeg')
    expect(await linked.bytes()).toEqual(await Bun.file(join(folder, 'demo.mp3')).bytes())
    await until(() => /Demo Hall 2: upload rec_\S+ \d+ bytes: 201\n/.test(host.output()))

    host.kill('SIGINT')
    expect((await host.ended).status).toBe(0)
    expect([existsSync(inUse.ROOMTONE_DATA_DIR), readdirSync(temporary)]).toEqual([false, []])
  },
)

describe('nothing of a demo stays behind', () => {
  test.each(['SIGTERM', 'SIGHUP'] as const)('when it is ended by %s', async (signal) => {
    const { host, leftovers } = await demoWith({})
    await host.ready
    await until(() => host.output().includes('recordingProfileId'))
    expect(leftovers()).not.toEqual([])
    host.kill(signal)
    expect((await host.ended).status).toBe(0)
    expect(leftovers()).toEqual([])
  })

  test('when a setting cannot be', async () => {
    const { host, leftovers } = await demoWith({ PORT: 'abc' })
    expect((await host.ended).status).toBe(78)
    expect(leftovers()).toEqual([])
  })

  test('when whoever reads it has seen enough, and nothing is said of that', async () => {
    const { folder, temporary } = await folders()
    const command = `'${bunHost.join("' '")}' --demo | head -n 3; exit $PIPESTATUS`
    const env = { PATH: process.env['PATH'] ?? '', HOME: folder, PORT: '0', TMPDIR: temporary }
    const shell = Bun.spawn(['bash', '-c', command], { env, stdout: 'pipe', stderr: 'pipe' })
    const [errors, status] = await Promise.all([new Response(shell.stderr).text(), shell.exited])
    expect([linesBesideLog(errors), status]).toEqual([[], 0])
    expect(readdirSync(temporary)).toEqual([])
  })
})

test('a demo takes another port than that of an installation, unless one is set', async () => {
  takeUsualPort()
  const { host } = await demoWith({ PORT: '' })
  expect(new URL(await host.ready).port).not.toBe(USUAL_PORT)
  const { host: set } = await demoWith({ PORT: USUAL_PORT })
  expect((await set.ended).status).toBe(78)
})

test('a fleet that cannot be shown ends the demo, and why is told', async () => {
  const refuse = async () => Response.json({ error: 'Not today' }, { status: 500 })
  const config = { ...readConfig({}), ownerPassword: 'a password' }
  const failure = await demonstrate({}, async (_, guests) => {
    await guests.visit({ fetch: refuse, url: 'http://localhost', config }).over
  })
  expect(failure?.message).toBe('POST /auth/login: 500 Not today')
})

/** The indented lines of what is said: they are there to be copied. */
const commandsOf = (said: string): string =>
  said
    .split('\n')
    .filter((line) => line.startsWith('  '))
    .join('\n')

async function folders() {
  const folder = await hosts.folder()
  const temporary = join(folder, 'tmp')
  await mkdir(temporary)
  return { folder, temporary }
}

async function demoWith(
  settings: Readonly<Record<string, string>>,
): Promise<{ readonly host: HostProcess; readonly leftovers: () => readonly string[] }> {
  const { folder, temporary } = await folders()
  const host = hosts.start(folder, { TMPDIR: temporary, ...settings }, [...bunHost, '--demo'])
  return { host, leftovers: () => readdirSync(temporary) }
}

const USUAL_PORT = '8787'

/** Where somebody has it already, that serves as well. */
function takeUsualPort(): void {
  try {
    const listener = Bun.listen({ hostname: '127.0.0.1', port: Number(USUAL_PORT), socket: { data() {} } })
    hosts.atEnd(async () => listener.stop(true))
  } catch (error) {
    expect(error).toMatchObject({ code: 'EADDRINUSE' })
  }
}

const linesBesideLog = (errors: string) => errors.split('\n').filter((line) => line !== '' && !line.startsWith('{'))

async function shell(commands: string, cwd: string): Promise<string> {
  const child = Bun.spawn(['sh', '-euc', commands], { cwd, env: { PATH: process.env['PATH'] ?? '' }, stdout: 'pipe' })
  const said = await new Response(child.stdout).text()
  expect(await child.exited).toBe(0)
  return said
}

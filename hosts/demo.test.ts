import { afterEach, expect } from 'bun:test'
import { existsSync, readdirSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { heard, secondsOf, testWith } from '../agent-sim/work/testing-encoders.ts'
import { bunHost, TestHosts, until } from './testing-process.ts'

const hosts = new TestHosts()
afterEach(() => hosts.clear())

testWith(
  ['curl', 'ffmpeg'],
  'a demo is started by one word, heard by what it prints, and leaves nothing behind',
  async () => {
    const folder = await hosts.folder()
    const temporary = join(folder, 'tmp')
    await mkdir(temporary)
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

/** The indented lines of what is said: they are there to be copied. */
const commandsOf = (said: string): string =>
  said
    .split('\n')
    .filter((line) => line.startsWith('  '))
    .join('\n')

async function shell(commands: string, cwd: string): Promise<string> {
  const child = Bun.spawn(['sh', '-euc', commands], { cwd, env: { PATH: process.env['PATH'] ?? '' }, stdout: 'pipe' })
  const said = await new Response(child.stdout).text()
  expect(await child.exited).toBe(0)
  return said
}

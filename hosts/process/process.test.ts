import { afterEach, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import { startManaged } from '../../adapters/storage/managed/start.ts'
import { help } from '../config.ts'
import { TestClient } from './testing-client.ts'
import { bunHost, type Ended, TestHosts, until } from './testing-process.ts'

setDefaultTimeout(60_000)

const PASSWORD = 'a password of some length'
const settings = { ROOMTONE_OWNER_PASSWORD: PASSWORD }
const hosts = new TestHosts()
afterEach(() => hosts.clear())

/** Beside what the log tells, line by line. */
const sentences = ({ errors }: Ended) => errors.split('\n').filter((line) => line !== '' && !line.startsWith('{'))

describe('what cannot be served is refused in one clear sentence, with status 78', () => {
  test.each([
    ['PORT', 'eighty'],
    ['PORT', '70000'],
    ['ROOMTONE_STORAGE', 'floppy'],
    ['ROOMTONE_OWNER_PASSWORD', 'short'],
    ['ROOMTONE_JOB_LEASE_SECONDS', '-1'],
    ['ROOMTONE_TRUSTED_PROXIES', '10.0.0.0/8, 10.0.0.0/33'],
    ['ROOMTONE_LOGIN_FAILURES', '0'],
    ['ROOMTONE_AUDIT_SEAL_KEY', 'hunter2'],
    ['ROOMTONE_DATA_DIR', '/dev/null'],
    ['ROOMTONE_DATA_DIR', '/dev/null/below'],
    ['DATABASE_URL', 'user:hunter2@host'],
    ['DATABASE_URL', 'mysql://user:hunter2@host/database'],
  ])('%s=%s', async (name, said) => {
    const ended = await hosts.start(await hosts.folder(), { [name]: said }).ended
    expect([ended.status, ended.output]).toEqual([78, ''])
    expect(ended.errors.trim().split('\n')).toEqual([expect.stringMatching(new RegExp(`^${name} `))])
    expect(ended.errors).not.toContain('hunter2')
  })

  test('a data folder that is a file', async () => {
    const file = join(await hosts.folder(), 'file')
    writeFileSync(file, '')
    const ended = await hosts.start(await hosts.folder(), { ROOMTONE_DATA_DIR: file }).ended
    expect([ended.status, sentences(ended)]).toEqual([78, [expect.stringContaining(`ROOMTONE_DATA_DIR ${file}`)]])
  })

  test('a port that is taken', async () => {
    const taken = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } })
    hosts.atEnd(async () => taken.stop())
    const ended = await hosts.start(await hosts.folder(), { PORT: `${taken.port}` }).ended
    expect([ended.status, sentences(ended)]).toEqual([78, [expect.stringContaining(`PORT ${taken.port}`)]])
  })

  test('a folder that another host serves; and that one goes on', async () => {
    const folder = await hosts.folder()
    const client = new TestClient(await hosts.start(folder, settings).ready)
    const ended = await hosts.start(folder, settings).ended
    expect([ended.status, sentences(ended)]).toEqual([78, [expect.stringContaining('is in use')]])
    expect(await client.signIn(PASSWORD)).toStartWith('rt_')
  })
})

test('help prints every setting', async () => {
  const child = Bun.spawn([...bunHost, '--help'], { stdout: 'pipe' })
  expect(await new Response(child.stdout).text()).toBe(help())
  expect(await child.exited).toBe(0)
  const read = (await Bun.file(join(import.meta.dir, '../config.ts')).text()).matchAll(/row\(\s*'([A-Z_]+)'/g)
  const names = [...read].map(([, name = '']) => name)
  expect(names.length).toBeGreaterThan(15)
  expect(names.filter((name) => !help().includes(`  ${name} `))).toEqual([])
})

describe('a storage that keeps nothing', () => {
  test.each(['memory', 'pglite'])(
    '%s serves, says so at start, and makes no database in the data folder',
    async (storage) => {
      const folder = await hosts.folder()
      const host = hosts.start(folder, { ...settings, ROOMTONE_STORAGE: storage })
      const client = new TestClient(await host.ready)
      expect((await client.ask('GET', '/readyz')).status).toBe(200)
      const token = await client.signIn(PASSWORD)
      expect((await client.ask('GET', '/auth/me', { token })).status).toBe(200)
      host.kill()
      const ended = await host.ended
      expect(ended.status).toBe(0)
      const said = ended.errors.split('\n').find((line) => line.includes(`storage is ${storage}`)) ?? '{}'
      expect(JSON.parse(said)).toMatchObject({ level: 'WARN', message: expect.stringContaining('nothing outlives') })
      expect(readdirSync(join(folder, 'data'))).not.toContain('postgres')
    },
  )
})

describe('the password of the owner', () => {
  test('made on first start, it lies in a file of this account alone, whose place is told', async () => {
    const folder = await hosts.folder()
    const file = join(folder, 'data/owner-password')
    const told: string[] = []
    for (let start = 0; start < 2; start++) {
      const host = hosts.start(folder)
      const client = new TestClient(await host.ready)
      expect(statSync(file).mode & 0o777).toBe(0o600)
      const password = (await Bun.file(file).text()).trim()
      expect(await client.signIn(password)).toStartWith('rt_')
      host.kill()
      const ended = await host.ended
      expect(ended.output).toContain(file)
      expect(ended.output + ended.errors).not.toContain(password)
      told.push(password)
    }
    expect(told[1]).toBe(told[0] as string)
  })

  test('that was set is written nowhere', async () => {
    const folder = await hosts.folder()
    const host = hosts.start(folder, settings)
    const client = new TestClient(await host.ready)
    expect(await client.signIn(PASSWORD)).toStartWith('rt_')
    const wrong = { email: 'owner@roomtone.local', password: `${PASSWORD} ` }
    expect((await client.ask('POST', '/auth/login', { body: wrong })).status).toBe(401)
    host.kill()
    const ended = await host.ended
    expect(ended.output + ended.errors).not.toContain(PASSWORD)
    const found = Bun.spawn(['grep', '-rlF', PASSWORD, folder], { stdout: 'pipe' })
    expect(await new Response(found.stdout).text()).toBe('')
  })
})

describe('a database that is away', () => {
  const unavailable = { status: 503, body: { reason: 'database_unavailable' } }

  test('at an address where nobody listens: it serves, says 503, and ends when it is asked to', async () => {
    const host = hosts.start(await hosts.folder(), { DATABASE_URL: 'postgres://u:p@127.0.0.1:9/none' })
    const client = new TestClient(await host.ready)
    expect((await client.ask('GET', '/healthz')).status).toBe(200)
    expect(await client.ask('GET', '/nodes')).toMatchObject(unavailable)
    expect(await client.ask('POST', '/auth/login', { body: {} })).toMatchObject(unavailable)
    host.kill()
    expect((await host.ended).status).toBe(0)
  })

  test('is waited for at the start, and whenever it goes', async () => {
    const folder = await hosts.folder()
    const dir = join(folder, 'database')
    // Made first, so that its password is known.
    const { connection, stop } = await startManaged({ dir })
    await stop()
    const port = await relayTo(join(connection.host, '.s.PGSQL.5432'))
    const DATABASE_URL = `postgres://${connection.user}:${connection.password}@127.0.0.1:${port}/${connection.database}`
    const host = hosts.start(folder, { ...settings, DATABASE_URL })
    const client = new TestClient(await host.ready)
    const login = () => client.ask('POST', '/auth/login', { body: { email: 'nobody', password: 'at all' } })

    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 50; i++) expect(await login()).toMatchObject(unavailable)
      expect((await client.ask('GET', '/healthz')).status).toBe(200)
      expect((await client.ask('GET', '/readyz')).status).toBe(503)
      const server = await startManaged({ dir })
      hosts.atEnd(server.stop)
      await until(async () => (await login()).status !== 503)
      expect(await client.signIn(PASSWORD)).toStartWith('rt_')
      await server.stop()
    }
    host.kill()
    const { status, errors } = await host.ended
    expect(status).toBe(0)
    // Told of, and not with each request.
    const told = errors.split('\n').filter((line) => line.includes('out of reach'))
    expect(told.length).toBeGreaterThan(0)
    expect(told.length).toBeLessThan(50)
  })
})

/** A folder of a socket cannot be named in an address, so a port stands in front of it. */
async function relayTo(path: string): Promise<number> {
  const relay = createServer((from) => {
    const to = connect({ path })
    from.pipe(to).pipe(from)
    for (const socket of [from, to]) socket.on('error', () => [from, to].map((each) => each.destroy()))
  })
  await new Promise((listening) => relay.listen(0, '127.0.0.1', () => listening(undefined)))
  hosts.atEnd(async () => relay.close())
  return (relay.address() as AddressInfo).port
}

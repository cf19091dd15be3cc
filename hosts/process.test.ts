import { afterEach, describe, expect, test } from 'bun:test'
import { readFileSync, writeFileSync } from 'node:fs'
import { connect as dial } from 'node:net'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { startManaged } from '../adapters/storage/managed/start.ts'
import { help } from './config.ts'
import { freshFolder, type HostProcess, removeFolder, startHost } from './testing-process.ts'

const PASSWORD = 'a password of some length'
const settings = { ROOMTONE_OWNER_PASSWORD: PASSWORD, ROOMTONE_LEASE_INTERVAL_SECONDS: '1' }

/** The process, by starting it, ending it in every way, and looking at what is left. */
describe('the process', () => {
  const ends: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (let end = ends.pop(); end; end = ends.pop()) await end()
  })

  async function folder(): Promise<string> {
    const made = await freshFolder()
    ends.push(() => removeFolder(made))
    return made
  }

  function start(at: string, more: Record<string, string> = {}): HostProcess {
    const host = startHost(at, { ...settings, ...more })
    ends.push(async () => {
      host.kill('SIGKILL')
      await host.ended
    })
    return host
  }

  const post = (url: string, path: string, token?: string, body?: BodyInit, method = 'POST') =>
    fetch(`${url}/api/v1${path}`, {
      method,
      headers: token ? { authorization: `Bearer ${token}` } : {},
      ...(body !== undefined && { body }),
    })
  const json = async (response: Response | Promise<Response>) => (await (await response).json()) as Json
  const signIn = async (url: string) =>
    (
      await json(
        post(url, '/auth/login', undefined, JSON.stringify({ email: 'owner@roomtone.local', password: PASSWORD })),
      )
    ).data.token
  const get = (url: string, path: string, token: string) => post(url, path, token, undefined, 'GET')
  const hall = JSON.stringify({ alias: 'Hall', hostname: 'h', location: { site: 's', room: 'r' } })
  const postgresOf = (at: string) =>
    Number.parseInt(readFileSync(join(at, 'data/postgres/pg/data/postmaster.pid'), 'utf8'), 10)
  const isAlive = (pid: number) => {
    try {
      process.kill(pid, 0)
      return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')
    } catch {
      return false
    }
  }
  /** Settles when it is so; the test's own deadline is the limit. */
  async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await holds())) await sleep(20)
  }

  test.each([
    ['PORT', { PORT: 'eighty' }],
    ['PORT', { PORT: '70000' }],
    ['ROOMTONE_STORAGE', { ROOMTONE_STORAGE: 'floppy' }],
    ['ROOMTONE_OWNER_PASSWORD', { ROOMTONE_OWNER_PASSWORD: 'short' }],
    ['ROOMTONE_JOB_LEASE_SECONDS', { ROOMTONE_JOB_LEASE_SECONDS: '-1' }],
    ['ROOMTONE_DATA_DIR', { ROOMTONE_DATA_DIR: '/dev/null' }],
  ])('a bad %s is one clear sentence, and status 78', async (name, bad) => {
    const { status, errors, output } = await start(await folder(), bad).ended
    expect([status, output]).toEqual([78, ''])
    expect(errors.trim().split('\n')).toHaveLength(1)
    expect(errors).toStartWith(name)
  })

  test('a port that is taken is one clear sentence, and status 78', async () => {
    const taken = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } })
    const { status, errors } = await start(await folder(), { PORT: `${taken.port}`, ROOMTONE_STORAGE: 'memory' }).ended
    taken.stop()
    expect(status).toBe(78)
    expect(errors.trim().split('\n').at(-1)).toStartWith(`PORT ${taken.port}`)
  })

  test('help prints every setting', async () => {
    const child = Bun.spawn([process.execPath, join(import.meta.dir, 'bun/main.ts'), '--help'], { stdout: 'pipe' })
    expect(await new Response(child.stdout).text()).toBe(help())
    expect(await child.exited).toBe(0)
    for (const name of ['PORT', 'DATABASE_URL', 'ROOMTONE_CAPTURE_SECONDS', 'ROOMTONE_UPLOAD_INTERVAL_SECONDS'])
      expect(help()).toContain(name)
  })

  test('asked to end, it finishes the upload that is under way, and takes its database down', async () => {
    const at = await folder()
    const host = start(at)
    const url = await host.ready
    const owner = await signIn(url)
    const { node, credential } = (await json(post(url, '/nodes/enroll', owner, hall))).data
    const order = JSON.stringify({ nodeId: node.id, recordingProfileId: 'voice-wav' })
    const { data } = await json(post(url, '/recordings', owner, order))
    const postgres = postgresOf(at)

    const answered = slowUpload(url, `/api/v1/recordings/${data.id}/cache-file`, credential.token, 100, () =>
      host.kill('SIGTERM'),
    )
    expect(await answered).toStartWith('HTTP/1.1 201')
    expect((await host.ended).status).toBe(0)
    expect(isAlive(postgres)).toBe(false)
  }, 60_000)

  test('killed, it comes back with everything it ever acknowledged', async () => {
    const at = await folder()
    let host = start(at)
    let url = await host.ready
    const owner = await signIn(url)
    const acknowledged: string[] = []
    const enrolling = (async () => {
      for (;;) {
        const answer = await post(url, '/nodes/enroll', owner, hall).catch(() => undefined)
        if (answer?.status !== 201) return
        acknowledged.push((await json(answer)).data.node.id)
        if (acknowledged.length === 40) host.kill('SIGKILL')
      }
    })()
    await enrolling
    await host.ended
    host = start(at)
    url = await host.ready
    const nodes = (await json(get(url, '/nodes?limit=200', owner))).data.map(({ id }: Json) => id)
    const audited = (await json(get(url, '/audit-events?limit=500&action=nodes.enroll.succeeded', owner))).data.map(
      ({ target }: Json) => target.id,
    )
    expect(acknowledged.filter((id) => !nodes.includes(id))).toEqual([])
    // What was under way may have got through, but never without its entry, nor the entry without it.
    expect(nodes.toSorted()).toEqual(audited.toSorted())
    expect(acknowledged.length).toBeGreaterThanOrEqual(40)
  }, 60_000)

  test('a second host on one folder is refused, and the first goes on', async () => {
    const at = await folder()
    const url = await start(at).ready
    const { status, errors } = await start(at).ended
    expect(status).toBe(78)
    expect(errors.trim().split('\n').at(-1)).toContain('in use')
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    expect(await signIn(url)).toStartWith('rt_')
  }, 60_000)

  test('its database killed, it says 503 at worst, loses nothing, and heals by itself', async () => {
    const at = await folder()
    const url = await start(at).ready
    const owner = await signIn(url)
    const kept: string[] = []
    const enrol = async () => {
      const answer = await post(url, '/nodes/enroll', owner, hall)
      const body = await json(answer)
      if (answer.status === 201) kept.push(body.data.node.id)
      else expect([answer.status, body.reason]).toEqual([503, 'database_unavailable'])
      return answer.status
    }
    for (let round = 0; round < 3; round++) {
      await until(async () => (await enrol()) === 201)
      process.kill(postgresOf(at), 'SIGKILL')
      for (let i = 0; i < 5; i++) await enrol()
      expect((await fetch(`${url}/healthz`)).status).toBe(200)
      await until(async () => (await enrol()) === 201)
    }
    const nodes = (await json(get(url, '/nodes?limit=200', owner))).data.map(({ id }: Json) => id)
    expect(kept.filter((id) => !nodes.includes(id))).toEqual([])
  }, 60_000)

  test('a database that is not there yet is waited for', async () => {
    const at = await folder()
    const held = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } })
    const port = held.port
    held.stop()
    const database = join(at, 'database')
    // The server is made first, so that its password is known, and is away while the host starts.
    const first = await startManaged({ dir: database })
    const { user, password, database: name } = first.connection
    await first.stop()
    const host = start(at, { DATABASE_URL: `postgres://${user}:${password}@127.0.0.1:${port}/${name}` })
    const url = await host.ready
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    expect((await fetch(`${url}/readyz`)).status).toBe(503)
    const refused = await post(url, '/auth/login', undefined, '{}')
    expect([refused.status, (await json(refused)).reason]).toEqual([503, 'database_unavailable'])

    writeFileSync(
      join(database, 'pg/data/pg_hba.conf'),
      'local all all scram-sha-256\nhost all all 127.0.0.1/32 scram-sha-256\n',
    )
    const relay = relayTo(join(database, 'pg/data/.s.PGSQL.5432'), port)
    const server = await startManaged({ dir: database })
    ends.push(async () => {
      relay.stop(true)
      await server.stop()
    })
    await until(async () => (await post(url, '/auth/login', undefined, '{}')).status === 400)
    expect(await signIn(url)).toStartWith('rt_')
    host.kill('SIGTERM')
    expect((await host.ended).status).toBe(0)
  }, 60_000)

  test('an address where nobody listens does not keep it from ending', async () => {
    const host = start(await folder(), { DATABASE_URL: 'postgres://u:p@127.0.0.1:9/none' })
    const url = await host.ready
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    host.kill('SIGTERM')
    expect((await host.ended).status).toBe(0)
  }, 60_000)
})

// biome-ignore lint/suspicious/noExplicitAny: what an answer holds is what the test is about
type Json = any

/** A socket folder cannot be named in an address, so a port stands in front of it. */
function relayTo(path: string, port: number) {
  return Bun.listen<{ to?: ReturnType<typeof dial> }>({
    hostname: '127.0.0.1',
    port,
    data: {},
    socket: {
      open(socket) {
        const to = dial({ path })
        socket.data = { to }
        to.on('data', (bytes) => void socket.write(bytes))
        to.on('error', () => socket.end())
        to.on('close', () => socket.end())
      },
      data: (socket, bytes) => void socket.data.to?.write(bytes),
      close: (socket) => void socket.data.to?.end(),
    },
  })
}

/** An upload that takes its time: `halfway` is called when half of it has been sent. Settles with the head of the answer. */
function slowUpload(url: string, path: string, token: string, pieces: number, halfway: () => void): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    let heard = ''
    const socket = dial(Number(port), hostname, async () => {
      socket.write(
        `PUT ${path} HTTP/1.1\r\nhost: ${hostname}\r\nauthorization: Bearer ${token}\r\ncontent-type: audio/wav\r\ncontent-length: ${pieces * 1000}\r\nconnection: close\r\n\r\n`,
      )
      for (let i = 0; i < pieces; i++) {
        if (i === pieces / 2) halfway()
        socket.write(Buffer.alloc(1000, i))
        await sleep(5)
      }
    })
    socket.on('data', (bytes) => {
      heard += String(bytes)
    })
    socket.on('close', () => resolve(heard))
    socket.on('error', reject)
  })
}

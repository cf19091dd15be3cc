import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { OWNER_EMAIL, TestClient } from './testing-client.ts'
import { bunHost, databasePid, type HostProcess, isAlive, TestHosts, until, uploadSlowly } from './testing-process.ts'
import { denoProgram, nodeProgram } from './testing-runtimes.ts'
import {
  canMeasure,
  digestOf,
  downloadDigest,
  RAISE_BYTES_MAX,
  raiseBytes,
  sound,
  uploadSound,
} from './testing-sound.ts'

const root = resolve(import.meta.dir, '../..')
const builtNode = join(root, 'dist/hosts/node/main.js')
const node = nodeProgram()
const onCi = Boolean(process.env['CI'])
if (!node && !onCi) console.warn('SKIPPED the host on Node: there is no node here')

/** The same host, on each runtime that it is for. Node 20 reads no TypeScript, so it runs what was built. */
const runtimes: readonly (readonly [string, readonly string[]])[] = [
  ['bun', bunHost],
  ['deno', [denoProgram(), 'run', '-A', join(root, 'hosts/deno/main.ts')]],
  ...(node ? [['node', [node, builtNode]] as const] : []),
]

beforeAll(async () => {
  if (!node && onCi) throw new Error('node is missing')
  const build = Bun.spawn(['sh', '-c', JSON.parse(await Bun.file(join(root, 'package.json')).text()).scripts.build], {
    cwd: root,
    env: { PATH: `${join(root, 'node_modules/.bin')}:${process.env['PATH']}` },
    stdout: 'inherit',
  })
  if ((await build.exited) !== 0 || !existsSync(builtNode)) throw new Error('the build for Node failed')
}, 120_000)

const sent = Uint8Array.from({ length: 1024 * 1024 }, (_, i) => (i * 31 + (i >> 8)) & 255)
const same = (a: Uint8Array, b: Uint8Array) => Buffer.from(a).equals(Buffer.from(b))

for (const [name, command] of runtimes) {
  describe(`a host on ${name}`, () => {
    const hosts = new TestHosts()
    let folder: string
    let host: HostProcess
    let client: TestClient
    let owner: string
    beforeAll(async () => {
      folder = await hosts.folder()
      host = hosts.start(folder, { ROOMTONE_CAPTURE_SECONDS: '12' }, command)
      client = new TestClient(await host.ready)
    }, 60_000)
    afterAll(() => hosts.clear())

    test('answers, signs in, and knows where a caller came from', async () => {
      expect((await client.ask('GET', '/healthz')).body).toMatchObject({ ok: true, service: 'roomtone' })
      owner = await client.signIn((await Bun.file(join(folder, 'data/owner-password')).text()).trim())
      const me = await client.ask('GET', '/auth/me', { token: owner })
      expect(me.body.data).toMatchObject({ email: OWNER_EMAIL, roles: ['owner'] })
      const head = await client.ask('HEAD', '/auth/me', { token: owner })
      expect([head.status, head.bytes.length]).toEqual([200, 0])
      expect(Number(head.headers.get('content-length'))).toBe(me.bytes.length)
      const [entry] = (await client.ask('GET', '/audit-events?action=auth.login&limit=1', { token: owner })).body.data
      expect(entry.actorContext.ipAddress).toBe('127.0.0.1')
    })

    test('takes a recording from order to ear', async () => {
      const { nodeId, token, recordingId, job } = await client.captured(owner)
      expect(job.command.durationSeconds).toBe(12)
      const beat = { agentVersion: '1', hostname: 'h' }
      const { headers } = await client.ask('POST', `/nodes/${nodeId}/heartbeat`, { token, body: beat })
      expect(Math.abs(Date.parse(headers.get('date') ?? '') - Date.now())).toBeLessThan(5000)

      const filed = await client.ask('PUT', `/recordings/${recordingId}/cache-file`, {
        token,
        body: sent,
        headers: { 'content-type': 'audio/wav', 'x-rakkr-recording-job-id': job.id },
      })
      expect(filed.status).toBe(201)
      const whole = await client.ask('GET', `/recordings/${recordingId}/stream`, { token: owner })
      expect(same(whole.bytes, sent)).toBe(true)
      expect(whole.headers.get('content-length')).toBe(`${sent.length}`)
      const range = { range: 'bytes=1000-4999' }
      const part = await client.ask('GET', `/recordings/${recordingId}/stream`, { token: owner, headers: range })
      expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 1000-4999/${sent.length}`])
      expect(same(part.bytes, sent.subarray(1000, 5000))).toBe(true)
      const head = await client.ask('HEAD', `/recordings/${recordingId}/file`, { token: owner })
      expect([head.status, head.bytes.length]).toEqual([200, 0])
      expect(head.headers.get('content-length')).toBe(`${sent.length}`)
    })

    test.if(canMeasure)(
      'holds next to nothing of a large recording, neither on its way in nor out',
      async () => {
        const sizeBytes = 192 * 1024 * 1024
        const captured = await client.captured(owner)
        const taken = await raiseBytes(host.pid, () => uploadSound(client, captured, sizeBytes))
        const digest = digestOf(sound(sizeBytes))
        const given = await raiseBytes(host.pid, async () => {
          expect(await downloadDigest(client, owner, captured)).toBe(digest)
        })
        expect(Math.max(taken, given)).toBeLessThan(2 * RAISE_BYTES_MAX)
      },
      60_000,
    )

    test('asked to end, it finishes the upload that is under way, and takes its database down', async () => {
      const { token, recordingId } = await client.captured(owner)
      const { url } = client
      const database = databasePid(folder)
      expect(isAlive(database)).toBe(true)
      const answered = await uploadSlowly(`/recordings/${recordingId}/cache-file`, {
        url,
        token,
        bytes: sent,
        async halfway() {
          await until(() => isArriving(folder))
          host.kill('SIGTERM')
          await until(() => closedTo(url))
          host.kill('SIGTERM')
        },
      })
      expect(answered).toStartWith('HTTP/1.1 201')
      expect((await host.ended).status).toBe(0)
      expect(isAlive(database)).toBe(false)
    }, 30_000)
  })
}

describe('a demo', () => {
  const hosts = new TestHosts()
  afterAll(() => hosts.clear())

  test.concurrent.each(runtimes)(
    'runs on %s: pretend recorders are there, one of them records, and all of it ends',
    async (_, command) => {
      const settings = { ROOMTONE_CAPTURE_SECONDS: '1', ROOMTONE_OWNER_PASSWORD: 'a password' }
      const host = hosts.start(await hosts.folder(), settings, [...command, '--demo'])
      const client = new TestClient(await host.ready)
      const token = await client.signIn('a password')
      await until(() => /upload rec_\S+ \d+ bytes: 201\n/.test(host.output()))
      const { body } = await client.ask('GET', '/recordings?status=cached', { token })
      expect(body.data).toMatchObject([{ status: 'cached', cached: true }])
      host.kill()
      expect((await host.ended).status).toBe(0)
    },
    60_000,
  )
})

const isArriving = (folder: string) => readdirSync(join(folder, 'data/audio/incoming')).length > 0

/** Whether new callers are turned away. */
const closedTo = (url: string) =>
  fetch(`${url}/healthz`).then(
    ({ status }) => status === 503,
    () => true,
  )

describe('a caller who never finishes', () => {
  const hosts = new TestHosts()
  afterAll(() => hosts.clear())

  test.concurrent.each(runtimes)(
    'does not keep a host on %s from ending',
    async (_, command) => {
      const folder = await hosts.folder()
      const settings = {
        ROOMTONE_STORAGE: 'memory',
        ROOMTONE_OWNER_PASSWORD: 'a password',
        ROOMTONE_DRAIN_SECONDS: '1',
      }
      const host = hosts.start(folder, settings, command)
      const client = new TestClient(await host.ready)
      const { token, recordingId } = await client.captured(await client.signIn('a password'))
      const cutOff = uploadSlowly(`/recordings/${recordingId}/cache-file`, {
        url: client.url,
        token,
        bytes: sent,
        async halfway() {
          await until(() => isArriving(folder))
          host.kill('SIGTERM')
          await host.ended
        },
      })
      expect(await cutOff.catch(() => '')).not.toContain('201')
      expect((await host.ended).status).toBe(0)
    },
    30_000,
  )
})

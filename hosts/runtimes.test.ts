import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { existsSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { bunHost, freshFolder, type HostProcess, removeFolder, startHost } from './testing-process.ts'

const root = resolve(import.meta.dir, '..')
const builtNode = join(root, 'dist/hosts/node/main.js')
const node = Bun.which('node')

/** The same host, on each runtime that it is for. Node 20 reads no TypeScript, so it runs what was built. */
const runtimes: readonly (readonly [string, readonly string[]])[] = [
  ['bun', bunHost],
  ['deno', [join(root, 'node_modules/.bin/deno'), 'run', '-A', join(root, 'hosts/deno/main.ts')]],
  ['node', [node ?? 'node', builtNode]],
]

beforeAll(async () => {
  const build = Bun.spawn(['sh', '-c', JSON.parse(await Bun.file(join(root, 'package.json')).text()).scripts.build], {
    cwd: root,
    env: { PATH: `${join(root, 'node_modules/.bin')}:${Bun.env['PATH']}` },
  })
  if ((await build.exited) !== 0 || !existsSync(builtNode)) throw new Error('the build for Node failed')
}, 120_000)

for (const [name, command] of runtimes) {
  describe(`a host on ${name}`, () => {
    let folder: string
    let host: HostProcess
    let url: string
    beforeAll(async () => {
      folder = await freshFolder()
      host = startHost(folder, { ROOMTONE_CAPTURE_SECONDS: '12' }, command as string[])
      url = await host.ready
    }, 60_000)
    afterAll(() => removeFolder(folder))

    const ask = async (
      method: string,
      path: string,
      token?: string,
      body?: BodyInit,
      more: Record<string, string> = {},
    ) => {
      const headers = { ...(token && { authorization: `Bearer ${token}` }), ...more }
      const response = await fetch(`${url}${path}`, { method, headers, ...(body !== undefined && { body }) })
      const bytes = new Uint8Array(await response.arrayBuffer())
      const isJson = response.headers.get('content-type') === 'application/json'
      return {
        status: response.status,
        headers: response.headers,
        bytes,
        json: isJson ? JSON.parse(new TextDecoder().decode(bytes)) : undefined,
      }
    }

    test('answers, signs in, and takes a recording from order to ear', async () => {
      expect((await ask('GET', '/healthz')).json).toMatchObject({ ok: true, service: 'roomtone' })
      const file = join(folder, 'data/owner-password')
      expect(statSync(file).mode & 0o777).toBe(0o600)
      const password = (await Bun.file(file).text()).trim()
      const credentials = JSON.stringify({ email: 'owner@roomtone.local', password })
      const owner = (await ask('POST', '/api/v1/auth/login', undefined, credentials)).json.data.token
      expect((await ask('GET', '/api/v1/auth/me', owner)).json.data.roles).toEqual(['owner'])

      const hall = { alias: 'Hall', hostname: 'h', location: { site: 's', room: 'r' } }
      const enrolled = (await ask('POST', '/api/v1/nodes/enroll', owner, JSON.stringify(hall))).json.data
      const agent = enrolled.credential.token
      const order = { nodeId: enrolled.node.id, recordingProfileId: 'voice-wav' }
      const started = (await ask('POST', '/api/v1/recordings', owner, JSON.stringify(order))).json
      const claimed = await ask('POST', `/api/v1/nodes/${enrolled.node.id}/recording-jobs/claim-next-group`, agent)
      expect(claimed.json.data[0].command.durationSeconds).toBe(12)
      const beat = await ask(
        'POST',
        `/api/v1/nodes/${enrolled.node.id}/heartbeat`,
        agent,
        '{"agentVersion":"1","hostname":"h"}',
      )
      expect(Math.abs(Date.parse(beat.headers.get('date') ?? '') - Date.now())).toBeLessThan(5000)

      const sent = Uint8Array.from({ length: 1024 * 1024 }, (_, i) => (i * 31 + (i >> 8)) & 255)
      const audio = `/api/v1/recordings/${started.data.id}`
      const filed = await ask('PUT', `${audio}/cache-file`, agent, sent, {
        'content-type': 'audio/wav',
        'x-rakkr-recording-job-id': started.job.id,
      })
      expect(filed.status).toBe(201)
      const whole = await ask('GET', `${audio}/stream`, owner)
      expect(Buffer.from(whole.bytes).equals(Buffer.from(sent))).toBe(true)
      expect(whole.headers.get('content-length')).toBe(`${sent.length}`)
      const part = await ask('GET', `${audio}/stream`, owner, undefined, { range: 'bytes=1000-4999' })
      expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 1000-4999/${sent.length}`])
      expect(Buffer.from(part.bytes).equals(Buffer.from(sent.subarray(1000, 5000)))).toBe(true)
      const head = await ask('HEAD', `${audio}/file`, owner)
      expect([head.status, head.bytes.length]).toEqual([200, 0])
    }, 60_000)

    test('ends when it is asked to', async () => {
      host.kill('SIGTERM')
      expect(await host.ended).toMatchObject({ status: 0 })
    }, 30_000)
  })
}

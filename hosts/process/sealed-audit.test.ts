import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { createPublicKey } from 'node:crypto'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { TestRoom } from '../door/testing-room.ts'
import { audited, sealedTrail, thinning } from '../door/testing-seals.ts'
import { TestClient } from './testing-client.ts'
import { TestHosts } from './testing-process.ts'
import { denoProgram, nodeProgram } from './testing-runtimes.ts'

setDefaultTimeout(60_000)

const source = resolve(import.meta.dir, '../verify/main.ts')
const PASSWORD = 'a password of some length'

describe('the program that verifies', () => {
  let file: string
  let keyId: string
  let folder: string
  beforeAll(async () => {
    const room = await TestRoom.open(undefined, thinning)
    ;({ file } = await sealedTrail(room))
    const { notary } = room.room.world
    keyId = notary.keyId
    const key = createPublicKey({ key: Buffer.from(notary.publicKey, 'base64'), format: 'der', type: 'spki' })
    const pem = key.export({ format: 'pem', type: 'spki' }).toString()
    await room.close()
    folder = await mkdtemp(join(tmpdir(), 'roomtone-verify-'))
    await writeFile(join(folder, 'key.pem'), pem)
  })
  afterAll(() => rm(folder, { recursive: true }))

  const node = nodeProgram()
  if (!node && !process.env['CI']) console.warn('SKIPPED the verifier on Node: there is no node here')
  const runtimes: readonly (readonly [string, () => Promise<readonly string[]>])[] = [
    ['bun', async () => [process.execPath, source]],
    ['deno', async () => [denoProgram(), 'run', '--allow-read', source]],
    ...(node || process.env['CI'] ? [['node', async () => [node ?? 'node', await forNode(folder)]] as const] : []),
  ]

  test.each(runtimes)('says what it has looked at, and how it ended, on %s', async (_, programOf) => {
    const program = await programOf()
    const well = await audited(program, file, ['--key', join(folder, 'key.pem')])
    expect(well.said).toMatch(/\d+ events in 4 seals, each as it was sealed\./)
    expect(well.said).toMatch(/\d+ events thinned/)
    expect(well.said).toMatch(/\d+ events after the last seal/)
    expect(well.said).toContain(`Signed by ${keyId}, as asked for.`)
    expect(well.said).toEndWith('All is as it was sealed.\n')
    expect(well.status).toBe(0)

    const altered = await audited(program, file.replace('Hall', 'Mall'), ['--key-id', keyId])
    const line = file.slice(0, file.indexOf('Hall')).split('\n').length
    expect(altered.said).toMatch(
      new RegExp(`NOT as it was sealed.*\\n  line ${line}: event ${line} \\(\\S+\\) was altered`),
    )
    expect(altered.status).toBe(1)

    const own = await audited(program, file)
    expect([own.status, own.said]).toEqual([0, expect.stringContaining("on this file's word alone")])
    const other = await audited(program, file, ['--key-id', '0'.repeat(64)])
    expect([other.status, other.said]).toEqual([1, expect.stringContaining('signed by another key')])
  })

  test('what cannot be told ends with 2', async () => {
    const program = [process.execPath, source]
    for (const more of [['--key', '/dev/null'], ['--key-id', 'abc'], ['--wat'], ['another.ndjson'], ['--seal', 'x']]) {
      expect((await audited(program, file, more)).status).toBe(2)
    }
    const lost = Bun.spawn([...program, join(folder, 'nowhere.ndjson')], { stderr: 'pipe', stdout: 'pipe' })
    expect([await lost.exited, await new Response(lost.stderr).text()]).toEqual([2, expect.stringContaining('ENOENT')])
    const none = Bun.spawn(program, { stderr: 'pipe', stdout: 'pipe' })
    expect([await none.exited, await new Response(none.stderr).text()]).toEqual([
      2,
      expect.stringContaining('EXPORT.ndjson'),
    ])
  })

  test('an empty file, and one that is no export, are not as they were sealed', async () => {
    for (const each of ['', 'hello\n', '{}\n', '\n\n', Buffer.from([0xff, 0xfe, 0x0a])]) {
      expect((await audited([process.execPath, source], each)).status).toBe(1)
    }
  })
})

/** Node 20 reads no TypeScript. */
async function forNode(folder: string): Promise<string> {
  const built = join(folder, 'verify.mjs')
  const { outputs } = await Bun.build({ entrypoints: [source], target: 'node', format: 'esm' })
  await Bun.write(built, outputs[0] as Blob)
  return built
}

describe('a host that is stopped', () => {
  const hosts = new TestHosts()
  afterEach(() => hosts.clear())

  test('has sealed everything, and goes on with its key and its chain; a chain that was taken back it does not take', async () => {
    const folder = await hosts.folder()
    const settings = { ROOMTONE_OWNER_PASSWORD: PASSWORD, ROOMTONE_AUDIT_SEAL_INTERVAL_SECONDS: '1' }
    const key = join(folder, 'data/audit-seal-key.public.pem')
    const program = [process.execPath, source]
    const exportOf = async (client: TestClient, token: string) => {
      return (await client.ask('GET', '/audit-events/export?format=ndjson', { token })).bytes
    }
    for (let start = 1; start <= 2; start++) {
      const host = hosts.start(folder, settings)
      const client = new TestClient(await host.ready)
      const token = await client.signIn(PASSWORD)
      const file = await exportOf(client, token)
      const { status, said } = await audited(program, file, ['--key', key])
      expect([status, said]).toEqual([0, expect.stringContaining(start === 1 ? 'in 0 seals' : 'in 1 seal,')])
      host.kill()
      expect((await host.ended).status).toBe(0)
    }
    const noted = join(folder, 'data/audit-last-seal.json')
    expect(JSON.parse(readFileSync(noted, 'utf8'))).toMatchObject({ number: 2 })
    expect(existsSync(join(folder, 'data/audit-seal-key.pem'))).toBe(true)

    // Another database under the same folder: as if all had been taken away.
    rmSync(join(folder, 'data/postgres'), { recursive: true })
    const host = hosts.start(folder, settings)
    const client = new TestClient(await host.ready)
    const file = await exportOf(client, await client.signIn(PASSWORD))
    const { status, said } = await audited(program, file, ['--key', key])
    expect([status, said]).toEqual([1, expect.stringMatching(/seal 2 \(\S+\) was made, and is missing/)])
    host.kill()
    expect((await host.ended).errors).toContain('seal 2 was stored, and is not there any more')
  })
})

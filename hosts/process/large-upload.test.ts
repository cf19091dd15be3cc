import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { randomInt } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { TestClient } from './testing-client.ts'
import { type HostProcess, TestHosts, until } from './testing-process.ts'
import {
  beginUpload,
  type Captured,
  canMeasure,
  digestOf,
  downloadDigest,
  HEADER_BYTES,
  RAISE_BYTES_MAX,
  raiseBytes,
  sound,
  uploadSound,
} from './testing-sound.ts'
import { RawUpload } from './testing-upload.ts'

setDefaultTimeout(120_000)

const PASSWORD = 'a password of some length'
const MiB = 1024 * 1024
const GiB = 1024 * MiB

const hosts = new TestHosts()
let folder: string
let host: HostProcess
let client: TestClient
let owner: string
beforeAll(async () => {
  folder = await hosts.folder()
  host = hosts.start(folder, { ROOMTONE_OWNER_PASSWORD: PASSWORD })
  client = new TestClient(await host.ready)
  owner = await client.signIn(PASSWORD)
})
afterAll(() => hosts.clear())

const see = async (path: string) => (await client.ask('GET', path, { token: owner })).body.data

describe.if(canMeasure)('a recording of 1 GiB', () => {
  let captured: Captured
  let digest: string
  beforeAll(async () => {
    captured = await client.captured(owner)
    digest = digestOf(sound(GiB))
    // What is made once, on the first upload and the first download, is not what is measured.
    await uploadSound(client, captured, 8 * MiB)
    await downloadDigest(client, owner, captured)
  })

  test('is taken in whole while the host holds next to nothing of it', async () => {
    const raise = await raiseBytes(host.pid, async () => {
      const { status, data } = await uploadSound(client, captured, GiB)
      expect(status).toBe(201)
      expect(data.file).toMatchObject({ checksum: digest, size: GiB })
      expect(data.recording.waveformPreview.sampleCount).toBe((GiB - HEADER_BYTES) / 4)
    })
    expect(raise).toBeLessThan(RAISE_BYTES_MAX)
  })

  test('is given out again, to the byte, as lightly', async () => {
    const raise = await raiseBytes(host.pid, async () =>
      expect(await downloadDigest(client, owner, captured)).toBe(digest),
    )
    expect(raise).toBeLessThan(RAISE_BYTES_MAX)
  })
})

describe('an upload that breaks off at any byte', () => {
  const SIZE_BYTES = 6 * MiB

  const audioFiles = () =>
    readdirSync(join(folder, 'data/audio'), { recursive: true, withFileTypes: true }).filter((each) => each.isFile())
  const aborted = ({ recordingId }: Captured) =>
    see(`/audit-events?action=recordings.cache_file.attach.failed&reason=upload_aborted&target=${recordingId}`)

  /** Sends that many bytes, and is gone; settles when the host has seen it go. */
  async function breakOff(captured: Captured, at: number, query: string): Promise<void> {
    const before = (await aborted(captured)).length
    const uploading = beginUpload(client, captured, SIZE_BYTES, query)
    let left = at
    for (const piece of sound(SIZE_BYTES)) {
      await uploading.send(piece.subarray(0, left))
      left -= Math.min(left, piece.length)
    }
    await until(() => audioFiles().some(({ name }) => name.endsWith('.part')))
    uploading.cut()
    await until(async () => (await aborted(captured)).length > before)
  }

  test.each([
    ['a whole file', ''],
    ['a piece of one', '?chunk=0'],
  ])('leaves nothing half-done behind, and the next one succeeds: %s', async (_, query) => {
    const captured = await client.captured(owner)
    const { recordingId, job } = captured
    const before = await see(`/recordings/${recordingId}`)
    const kept = audioFiles().length
    for (const at of [0, HEADER_BYTES, randomInt(SIZE_BYTES), randomInt(SIZE_BYTES), SIZE_BYTES - 1]) {
      console.info(`cut at byte ${at} of ${SIZE_BYTES}`)
      await breakOff(captured, at, query)
      expect(audioFiles()).toHaveLength(kept)
      // Nobody is alarmed either: its status and its health are what they were.
      expect(await see(`/recordings/${recordingId}`)).toEqual(before)
      expect((await client.ask('GET', `/recordings/${recordingId}/file`, { token: owner })).status).toBe(409)
      expect(await see(`/recording-jobs/${job.id}/chunks`)).toEqual([])
      expect(await see(`/recording-jobs/${job.id}`)).toMatchObject({ status: 'running' })
    }
    const { status, data } = await uploadSound(client, captured, SIZE_BYTES, query)
    expect([status, data.file.checksum]).toEqual([201, digestOf(sound(SIZE_BYTES))])
    expect(audioFiles()).toHaveLength(kept + 1)
  })

  test('is no fault of the host, whatever was sent: its log says so calmly', async () => {
    const captured = await client.captured(owner)
    await breakOff(captured, 1000, '')
    const { nodeId, token } = captured
    const headers = { 'x-rakkr-duration-ms': '1000' }
    const others = [`/nodes/${nodeId}/listen/chunk`, `/nodes/${nodeId}/heartbeat`]
    for (const path of others) {
      const sending = new RawUpload(path, { url: client.url, token, sizeBytes: 1000, headers, method: 'POST' })
      await sending.send(new Uint8Array(10))
      // What is asked next is answered, so what was asked before has been looked at.
      await client.ask('GET', '/healthz')
      sending.cut()
    }
    const failed = `/audit-events?outcome=failed&reason=request_aborted&actor=${nodeId}`
    await until(async () => (await see(failed)).length === others.length)
    host.kill()
    const { status, errors } = await host.ended
    const lines = errors.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []))
    expect([status, lines.filter(({ level }) => level === 'ERROR' || level === 'WARN')]).toEqual([0, []])
    const path = `/api/v1/recordings/${captured.recordingId}/cache-file`
    expect(lines).toContainEqual(expect.objectContaining({ level: 'INFO', message: 'the client went away', path }))
  })
})

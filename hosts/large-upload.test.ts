import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { createHash, randomInt } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeWav } from '../agent-sim/wav.ts'
import { TestClient } from './testing-client.ts'
import { type HostProcess, TestHosts, until } from './testing-process.ts'
import { RawUpload } from './testing-upload.ts'

setDefaultTimeout(120_000)

const PASSWORD = 'a password of some length'
const MiB = 1024 * 1024
const GiB = 1024 * MiB
const HEADER_BYTES = 44

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

/** 16-bit stereo of that size, a mebibyte at a time, of which none is like another. */
function* sound(sizeBytes: number): Generator<Uint8Array> {
  const header = Buffer.from(writeWav({ sampleRateHz: 48_000, channelCount: 2, samples: new Int16Array(0) }))
  header.writeUInt32LE(sizeBytes - 8, 4)
  header.writeUInt32LE(sizeBytes - HEADER_BYTES, HEADER_BYTES - 4)
  yield header
  const samples = Int16Array.from({ length: MiB / 2 }, (_, i) => 10_000 * Math.sin(i / 20))
  for (let at = HEADER_BYTES, i = 0; at < sizeBytes; at += MiB, i++) {
    samples.fill(i, 0, 16)
    yield Buffer.from(samples.slice().buffer).subarray(0, sizeBytes - at)
  }
}

const digestOf = (pieces: Iterable<Uint8Array>) => {
  const hash = createHash('sha256')
  for (const piece of pieces) hash.update(piece)
  return `sha256:${hash.digest('hex')}`
}

type Captured = Awaited<ReturnType<TestClient['captured']>>

const begin = ({ recordingId, token, job }: Captured, sizeBytes: number, query = '') =>
  new RawUpload(`/recordings/${recordingId}/cache-file${query}`, {
    url: client.url,
    token,
    sizeBytes,
    headers: { 'x-rakkr-recording-job-id': job.id },
  })

/** Sends all of it, and reads what is answered. */
async function upload(captured: Captured, sizeBytes: number, query = '') {
  const uploading = begin(captured, sizeBytes, query)
  for (const piece of sound(sizeBytes)) await uploading.send(piece)
  const [head = '', body = ''] = (await uploading.answer()).split('\r\n\r\n')
  return { status: Number(head.split(' ')[1]), data: JSON.parse(body).data }
}

const see = async (path: string) => (await client.ask('GET', path, { token: owner })).body.data

const canMeasure = existsSync('/proc/self/clear_refs')
if (!canMeasure) console.warn('SKIPPED the memory that an upload takes: this system has no /proc/PID/clear_refs')

describe.if(canMeasure)('a recording of 1 GiB', () => {
  const RAISE_BYTES_MAX = 64 * MiB
  let captured: Captured
  let digest: string
  beforeAll(async () => {
    captured = await client.captured(owner)
    digest = digestOf(sound(GiB))
    // What is made once, on the first upload and the first download, is not what is measured.
    await upload(captured, 8 * MiB)
    await download()
  })

  /** How much more memory the host held at its worst than before. */
  async function raiseBytes(act: () => Promise<void>): Promise<number> {
    const held = (name: string) =>
      1024 * Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${host.pid}/status`, 'utf8'))?.[1])
    // Makes the peak what it is now (proc(5)).
    writeFileSync(`/proc/${host.pid}/clear_refs`, '5')
    const before = held('VmRSS')
    await act()
    const raise = held('VmHWM') - before
    console.info(`the host held ${Math.round(raise / MiB)} MiB more at its worst`)
    return raise
  }

  async function download() {
    const headers = { authorization: `Bearer ${owner}` }
    const answer = await fetch(`${client.url}/api/v1/recordings/${captured.recordingId}/file`, { headers })
    const hash = createHash('sha256')
    for await (const piece of answer.body ?? []) hash.update(piece)
    return `sha256:${hash.digest('hex')}`
  }

  test('is taken in whole while the host holds next to nothing of it', async () => {
    const raise = await raiseBytes(async () => {
      const { status, data } = await upload(captured, GiB)
      expect(status).toBe(201)
      expect(data.file).toMatchObject({ checksum: digest, size: GiB })
      expect(data.recording.waveformPreview.sampleCount).toBe((GiB - HEADER_BYTES) / 4)
    })
    expect(raise).toBeLessThan(RAISE_BYTES_MAX)
  })

  test('is given out again, to the byte, as lightly', async () => {
    const raise = await raiseBytes(async () => expect(await download()).toBe(digest))
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
    const uploading = begin(captured, SIZE_BYTES, query)
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
    const { status, data } = await upload(captured, SIZE_BYTES, query)
    expect([status, data.file.checksum]).toEqual([201, digestOf(sound(SIZE_BYTES))])
    expect(audioFiles()).toHaveLength(kept + 1)
  })

  test('is no fault of the host: its log says so calmly', async () => {
    const captured = await client.captured(owner)
    await breakOff(captured, 1000, '')
    host.kill()
    const { status, errors } = await host.ended
    const lines = errors.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []))
    expect([status, lines.filter(({ level }) => level === 'ERROR' || level === 'WARN')]).toEqual([0, []])
    const path = `/api/v1/recordings/${captured.recordingId}/cache-file`
    expect(lines).toContainEqual(expect.objectContaining({ level: 'INFO', message: 'the client went away', path }))
  })
})

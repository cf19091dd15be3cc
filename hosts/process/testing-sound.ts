import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { writeWav } from '../../agent-sim/sound/wav.ts'
import type { TestClient } from './testing-client.ts'
import { RawUpload } from './testing-upload.ts'

export const MiB = 1024 * 1024
export const HEADER_BYTES = 44

/** 16-bit stereo of that size, a mebibyte at a time, of which none is like another. */
export function* sound(sizeBytes: number): Generator<Uint8Array> {
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

export const digestOf = (pieces: Iterable<Uint8Array>) => {
  const hash = createHash('sha256')
  for (const piece of pieces) hash.update(piece)
  return `sha256:${hash.digest('hex')}`
}

export type Captured = Awaited<ReturnType<TestClient['captured']>>

export const beginUpload = (
  { url }: TestClient,
  { recordingId, token, job }: Captured,
  sizeBytes: number,
  query = '',
): RawUpload => {
  const headers = { 'x-rakkr-recording-job-id': job.id }
  return new RawUpload(`/recordings/${recordingId}/cache-file${query}`, { url, token, sizeBytes, headers })
}

/** Sends all of it, without ever holding all of it, and reads what is answered. */
export async function uploadSound(client: TestClient, captured: Captured, sizeBytes: number, query = '') {
  const uploading = beginUpload(client, captured, sizeBytes, query)
  for (const piece of sound(sizeBytes)) await uploading.send(piece)
  const [head = '', body = ''] = (await uploading.answer()).split('\r\n\r\n')
  return { status: Number(head.split(' ')[1]), data: JSON.parse(body).data }
}

export async function downloadDigest({ url }: TestClient, owner: string, { recordingId }: Captured): Promise<string> {
  const headers = { authorization: `Bearer ${owner}` }
  const answer = await fetch(`${url}/api/v1/recordings/${recordingId}/file`, { headers })
  const hash = createHash('sha256')
  for await (const piece of answer.body ?? []) hash.update(piece)
  return `sha256:${hash.digest('hex')}`
}

export const RAISE_BYTES_MAX = 64 * MiB
export const canMeasure = existsSync('/proc/self/clear_refs')
if (!canMeasure) console.warn('SKIPPED the memory that audio takes: this system has no /proc/PID/clear_refs')

const heldBytes = (pid: number, name: string) =>
  1024 * Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])

/** How much memory a process held at its worst. */
export async function peakBytes(pid: number, act: () => Promise<unknown>): Promise<number> {
  // Makes the peak what it is now (proc(5)).
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
  await act()
  return heldBytes(pid, 'VmHWM')
}

/** How much more memory a process held at its worst than before. */
export async function raiseBytes(pid: number, act: () => Promise<unknown>): Promise<number> {
  const before = heldBytes(pid, 'VmRSS')
  const raise = (await peakBytes(pid, act)) - before
  console.info(`the host held ${Math.round(raise / MiB)} MiB more at its worst`)
  return raise
}

import { expect } from 'bun:test'
import { join } from 'node:path'
import { makeSpeech, sox } from '../../agent-sim/scenarios/testing-speech.ts'
import type { TestRoom } from './testing-room.ts'
import { output } from './testing-tools.ts'

export const RATE_HZ = 48_000

export interface Shape {
  readonly channelCount: number
  readonly bits: number
}

/** Speech in pieces, each encoded; the frames they were cut at leave last blocks of all sorts, one of 5 samples. */
export async function speech(
  folder: string,
  lengths: readonly number[],
  { channelCount, bits }: Shape,
  rateHz = RATE_HZ,
) {
  const whole = join(folder, 'whole.wav')
  const seconds = Math.ceil(lengths.reduce((sum, each) => sum + each, 0) / RATE_HZ)
  await makeSpeech(`${whole}.source.wav`, seconds)
  // A gain that is no power of two fills the lowest of 24 bits too.
  await sox(`${whole}.source.wav`, '-r', `${rateHz}`, '-b', `${bits}`, '-c', `${channelCount}`, whole, 'gain', '-1.7')
  let at = 0
  const pieces: string[] = []
  for (const [i, length] of lengths.entries()) {
    const piece = join(folder, `piece${i}.wav`)
    await sox(whole, piece, 'trim', `${at}s`, `${length}s`)
    pieces.push(piece)
    at += length
  }
  return pieces
}

export const LENGTHS = [2 * RATE_HZ, 20 * 4608 + 5, RATE_HZ + 1234, 10 * 4096]

export const rawOf = async (pieces: readonly string[], { bits }: Shape): Promise<Buffer> =>
  Buffer.concat(await Promise.all(pieces.map((piece) => output(['sox', piece, '-t', `s${bits}`, '-']))))

export const bytesOf = async (path: string) => Buffer.from(await Bun.file(path).arrayBuffer())

/** A recording that is being made, and what is sent and had of it. */
export async function capturing(room: TestRoom) {
  const { put, recording, owner, recordingId } = await room.captured()
  const file = async (method: string, range?: string) => {
    const headers = { authorization: `Bearer ${owner}`, ...(range !== undefined && { range }) }
    const url = `http://localhost/api/v1/recordings/${recordingId}/file`
    const answer = await room.fetch(new Request(url, { method, headers }))
    return { status: answer.status, headers: answer.headers, bytes: Buffer.from(await answer.arrayBuffer()) }
  }
  const send = async (pieces: readonly Buffer<ArrayBuffer>[], type = 'audio/flac') => {
    for (const [index, bytes] of pieces.entries()) {
      const last = index === pieces.length - 1 ? `&chunkTotal=${pieces.length}` : ''
      const answer = await put(new Uint8Array(bytes), { 'content-type': type }, `?chunk=${index}${last}`)
      expect(answer.status).toBe(201)
    }
  }
  return { file, send, put, recording }
}

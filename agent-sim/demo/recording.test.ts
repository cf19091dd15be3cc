import { expect, test } from 'bun:test'
import { type Clock, clockOf } from '../run.ts'
import type { Ask } from '../wire/call.ts'
import { notesOf } from './notes.ts'
import { keepLinked, type Link } from './recording.ts'

const MINUTE_MS = 60_000

test('there is a link as soon as there is something to hear, and never one that has run out', async () => {
  const stop = new AbortController()
  const asked: Ask[] = []
  const links: (Link & { readonly atMs: number })[] = []
  let nowMs = 0
  const clock: Clock = {
    nowMs: () => nowMs,
    sleep: async (durationMs) => {
      nowMs += durationMs
      if (nowMs > 60 * MINUTE_MS) stop.abort()
    },
  }
  const call = async (ask: Ask) => {
    asked.push(ask)
    if (asked.length <= 3) return { ok: false, error: '409 Nothing to hear yet' } as const
    return { ok: true, status: 202, data: { ticketUrl: `/stream?ticket=${asked.length}` } } as const
  }
  await keepLinked(call, 'rec_1', clock, stop.signal, (link) => links.push({ ...link, atMs: nowMs }))

  expect(asked[0]).toEqual({ method: 'POST', path: '/recordings/rec_1/playback' })
  expect(links[0]).toMatchObject({ path: '/stream?ticket=4', atMs: 3000, untilMs: 3000 + 10 * MINUTE_MS })
  expect(links.length).toBeGreaterThan(6)
  for (const [at, { untilMs }] of links.slice(0, -1).entries()) {
    expect(links[at + 1]?.atMs).toBeLessThanOrEqual(untilMs - MINUTE_MS)
  }
})

test('told to stop while it waits, it asks no more', async () => {
  const stop = new AbortController()
  const keeping = keepLinked(
    async () => ({ ok: true, status: 202, data: { ticketUrl: '/stream' } }),
    'rec_1',
    clockOf(() => 0),
    stop.signal,
    () => stop.abort(),
  )
  expect(await keeping).toBeUndefined()
})

test('what is said of a recording is so: it is being made, and then there is a link to it', () => {
  const known = {
    url: 'http://host',
    owner: { email: 'owner@example.org', password: 'p' },
    token: 't',
    captureSeconds: 10,
    nodeId: 'node_2',
    recordingId: 'rec_1',
    format: 'wav',
    profileId: 'voice-wav',
  } as const
  const before = notesOf(known, undefined)
  const untilMs = new Date(2026, 0, 5, 9, 7).getTime()
  const after = notesOf(known, { path: '/api/v1/stream?ticket=x', untilMs })
  expect(before.filter((line) => /being made/.test(line))).toHaveLength(1)
  expect(after.filter((line) => /being made/.test(line))).toEqual([])
  const at = after.indexOf('http://host/api/v1/stream?ticket=x')
  expect(after[at - 1]).toBe('The recording is made. Open it in a browser, until 09:07:')
  // The commands stay as they are.
  const commands = (notes: readonly string[]) => notes.filter((line) => line.startsWith('  '))
  expect(commands(after)).toEqual(commands(before))
})

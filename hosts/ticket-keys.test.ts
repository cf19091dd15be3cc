import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jwtTickets } from '../adapters/identity/tickets.ts'
import type { Ticket } from '../core/access/ticket.ts'
import { ticketKeys } from './ticket-keys.ts'

const T0 = Date.parse('2026-01-01T00:00:00Z')
const MINUTE = 60_000
const A_MONTH = 30 * 24 * 60 * MINUTE
const ticket = {
  id: 'playback_1',
  use: 'playback',
  sessionId: 's',
  recordingId: 'rec_1',
  rendition: 'primary',
} as unknown as Ticket

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'roomtone-keys-'))
})
afterEach(() => rm(folder, { recursive: true }))

test('a key is made once, for this account alone', async () => {
  const made = await ticketKeys(folder, undefined, T0)
  expect(made.length).toBe(1)
  expect(Buffer.from(made[0]?.secret ?? '', 'base64url').length).toBe(32)
  expect((await stat(join(folder, 'ticket-keys.json'))).mode & 0o777).toBe(0o600)
  expect(await ticketKeys(folder, undefined, T0 + A_MONTH - 1)).toEqual(made)
})

test('after a month another follows it, and what the first has signed is known until it has ended', async () => {
  const first = await ticketKeys(folder, undefined, T0)
  const later = T0 + A_MONTH
  const signed = await jwtTickets(first).sign(ticket, later + 5 * MINUTE)
  const second = await ticketKeys(folder, undefined, later)
  expect(second[0]?.secret).not.toBe(first[0]?.secret as string)

  const tickets = jwtTickets(second)
  expect(await tickets.read(signed, later + MINUTE)).toEqual(ticket)
  expect(await tickets.read(signed, later + 6 * MINUTE)).toBeUndefined()
  const longer = await jwtTickets(first).sign(ticket, later + 60 * MINUTE)
  expect(await tickets.read(longer, later + 9 * MINUTE)).toEqual(ticket)
  expect(await tickets.read(longer, later + 11 * MINUTE)).toBeUndefined()
  const renewed = await tickets.sign(ticket, later + 60 * MINUTE)
  expect(await jwtTickets(first).read(renewed, later)).toBeUndefined()
})

test('what is set is taken, the newest first, and nothing is kept of it', async () => {
  const [older, newer] = ['an older key that is long enough.', 'a-newer-key-that-is-long-enough-']
  const spaceless = (older as string).replaceAll(' ', '-')
  const keys = await ticketKeys(folder, `${newer} ${spaceless}`, T0)
  expect(keys).toEqual([{ secret: newer as string }, { secret: spaceless }])
  expect(await stat(join(folder, 'ticket-keys.json')).catch(() => 'none')).toBe('none')
  const signed = await jwtTickets([{ secret: spaceless }]).sign(ticket, T0 + MINUTE)
  expect(await jwtTickets(keys).read(signed, T0)).toEqual(ticket)
})

test('a file that holds no keys is said to be one, and left as it is', async () => {
  const path = join(folder, 'ticket-keys.json')
  for (const content of ['', '{', '{"secret":"short","since":0}']) {
    await writeFile(path, content)
    await expect(ticketKeys(folder, undefined, T0)).rejects.toThrow('does not hold ticket keys')
    expect(await readFile(path, 'utf8')).toBe(content)
  }
})

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { NAME } from '../../adapters/storage/managed/cluster.ts'
import { PORT } from '../../adapters/storage/managed/settings.ts'
import type { Address } from '../../adapters/storage/postgres/client.ts'
import { MONTH_MS, recordTrail } from '../../bench/plans/trail.ts'
import { TestClient } from './testing-client.ts'
import { type HostProcess, TestHosts } from './testing-process.ts'
import { canMeasure, MiB, peakBytes, RAISE_BYTES_MAX } from './testing-sound.ts'

setDefaultTimeout(300_000)

/** As many as it takes for holding them all to be told from holding a few; a million is tried by hand. */
const EVENTS = Number(process.env['TEST_AUDIT_EVENTS'] ?? 300_000)
/** Of a sixth is taken first what is half as much again in all: what the runtime lets lie goes by how much went through. */
const PIECE = 1 / 6
const PIECES = 9
const PASSWORD = 'a password of some length'

const hosts = new TestHosts()
let host: HostProcess
let client: TestClient
let owner: string
beforeAll(async () => {
  const folder = await hosts.folder()
  host = hosts.start(folder, { ROOMTONE_OWNER_PASSWORD: PASSWORD })
  client = new TestClient(await host.ready)
  await recordTrail(await itsDatabase(folder), EVENTS, Date.UTC(2026, 0, 1))
  owner = await client.signIn(PASSWORD)
})
afterAll(() => hosts.clear())

async function itsDatabase(folder: string): Promise<Address> {
  const home = join(folder, 'data/postgres/pg')
  const password = (await readFile(join(home, 'secret'), 'utf8')).trim()
  return { host: join(home, 'data'), port: PORT, user: NAME, password, database: NAME }
}

/** Reads a file to its end, and holds a line of it. Seals and the manifest are counted apart from events. */
async function fetchLines(query: string) {
  const headers = { authorization: `Bearer ${owner}` }
  const answer = await fetch(`${client.url}/api/v1/audit-events/export?${query}`, { headers })
  expect(answer.status).toBe(200)
  const read = { events: 0, seals: 0, manifests: 0, bytes: 0 }
  const decoder = new TextDecoder()
  let rest = ''
  for await (const piece of answer.body ?? []) {
    read.bytes += piece.byteLength
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) read[kindOf(line)]++
  }
  return read
}

function kindOf(line: string): 'events' | 'seals' | 'manifests' {
  if (line.startsWith('{"seal":')) return 'seals'
  return line.startsWith('{"manifest":') ? 'manifests' : 'events'
}

describe.if(canMeasure)('a large trail is taken along', () => {
  test.each(['csv', 'ndjson'])('as %s at once, while the host holds little more than in pieces', async (format) => {
    const first = new Date(Date.UTC(2026, 0, 1) + PIECE * MONTH_MS).toISOString()
    const inPieces = await peakBytes(host.pid, async () => {
      for (let i = 0; i < PIECES; i++) await fetchLines(`format=${format}&to=${first}`)
    })
    let read: Awaited<ReturnType<typeof fetchLines>> | undefined
    const atOnce = await peakBytes(host.pid, async () => {
      // Whoever signed in meanwhile is in the trail as well, and not in what is counted.
      read = await fetchLines(`format=${format}&to=2026-02-01`)
    })
    expect(read?.events).toBe(EVENTS)
    // The owner sees everything, and so gets what it takes to verify it.
    expect(read?.manifests).toBe(format === 'ndjson' ? 1 : 0)
    const mebibytes = [read?.bytes ?? 0, inPieces, atOnce].map((bytes) => Math.round(bytes / MiB))
    console.info(`${EVENTS} events: size, held in pieces, held at once, in MiB: ${mebibytes.join(', ')}`)
    expect(atOnce - inPieces).toBeLessThan(RAISE_BYTES_MAX)
  })
})

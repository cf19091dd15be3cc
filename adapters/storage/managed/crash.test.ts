import { afterEach, expect, setDefaultTimeout, test } from 'bun:test'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import process from 'node:process'
import { createInterface } from 'node:readline'
import postgres from 'postgres'
import { startManaged } from './start.ts'
import { ended, TestRoom } from './testing.ts'

setDefaultTimeout(30_000)

const room = new TestRoom()
afterEach(() => room.clear())

test('the server of a killed host goes down with it, and every acknowledged row is there', async () => {
  const dir = await room.folder()
  const acknowledged: number[] = []
  for (const first of [0, 1_000_000]) {
    const { server, rows } = await killedWhileWriting(dir, first)
    acknowledged.push(...rows)
    // After the second death the next host finds the old server still going down, and waits for it.
    if (first === 0) await ended(server)
  }

  const server = await startManaged({ dir })
  room.atEnd(server.stop)
  const sql = postgres(server.connection)
  room.atEnd(() => sql.end())
  const found = new Set((await sql<{ n: number }[]>`select n from written`).map(({ n }) => n))
  expect(acknowledged.filter((n) => !found.has(n))).toEqual([])
})

const ROWS_BEFORE_DEATH = 100

async function killedWhileWriting(dir: string, first: number): Promise<{ server: number; rows: readonly number[] }> {
  const host = spawn(process.execPath, [join(import.meta.dir, 'doomed-host.ts'), dir, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let server = 0
  const rows: number[] = []
  for await (const line of createInterface({ input: host.stdout })) {
    const [what, value] = line.split(' ')
    if (what === 'server') server = Number(value)
    // The kill may tear the last line: it is an acknowledgement only with a number after it.
    else if (what === 'row' && value) rows.push(Number(value))
    if (rows.length === ROWS_BEFORE_DEATH) host.kill('SIGKILL')
  }
  expect(rows.length).toBeGreaterThanOrEqual(ROWS_BEFORE_DEATH)
  return { server, rows }
}

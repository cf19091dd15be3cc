import { afterAll, afterEach, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { RenewablePool } from '../postgres/client.ts'
import { keepRunning } from './keep-running.ts'
import { CannotManage } from './refusal.ts'
import { startManaged } from './start.ts'
import { ended, isAlive, pidIn, TestRoom } from './testing.ts'

setDefaultTimeout(30_000)

// One database serves every test: each finds it stopped, and leaves it so.
const house = new TestRoom()
let dir = ''
beforeAll(async () => {
  dir = await house.folder()
  await (await startManaged({ dir })).stop()
})
afterAll(() => house.clear())

const room = new TestRoom()
afterEach(() => room.clear())

test('a server that was killed comes back, at the same address', async () => {
  let exits = 0
  const kept = await keepRunning({ dir, onExit: () => exits++ })
  room.atEnd(kept.stop)
  const pool = new RenewablePool(kept.connection, 3)
  room.atEnd(() => pool.close())
  await pool.use(({ sql }) => sql`create table kept (n int)`)
  await pool.use(({ sql }) => sql`insert into kept values (1)`)

  const pids = new Set<number>()
  for (let kill = 0; kill < 2; kill++) {
    const pid = await pidIn(dir)
    pids.add(pid)
    process.kill(pid, 'SIGKILL')
    await ended(pid)
    await insertOnceItAnswers(pool)
  }

  expect(pids.size).toBe(2)
  expect(exits).toBe(2)
  expect(await pool.use(({ sql }) => sql`select n from kept`)).toHaveLength(3)
})

test('a stop while the server is down leaves none behind', async () => {
  const kept = await keepRunning({ dir })
  const pid = await pidIn(dir)

  process.kill(pid, 'SIGKILL')
  await ended(pid)
  await Promise.all([kept.stop(), kept.stop()])

  // Whoever comes next finds the folder free at once.
  const next = await startManaged({ dir, waitMs: 2_000 })
  await next.stop()
  expect(isAlive(next.pid)).toBe(false)
})

test('a stop while it is being started again leaves none behind', async () => {
  const log: string[] = []
  const kept = await keepRunning({ dir, serverLog: (line) => log.push(line) })
  const starts = () => log.filter((line) => line.includes('starting PostgreSQL')).length

  process.kill(await pidIn(dir), 'SIGKILL')
  while (starts() < 2) await sleep(1)
  await kept.stop()

  expect(log.at(-1)).toContain('database system is shut down')
})

test('a first start that cannot be is thrown', async () => {
  const tooLong = `${dir}/${'long'.repeat(25)}`
  await expect(keepRunning({ dir: tooLong })).rejects.toBeInstanceOf(CannotManage)
})

async function insertOnceItAnswers(pool: RenewablePool): Promise<void> {
  for (;;) {
    try {
      await pool.use(({ sql }) => sql`insert into kept values (2)`)
      return
    } catch {
      await sleep(20)
    }
  }
}

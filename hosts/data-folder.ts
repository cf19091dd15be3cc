import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { diskMedia } from '../adapters/media/disk.ts'
import type { Decoder, Media } from '../core/ports/media.ts'
import { BadSetting } from './config.ts'

/** Makes the folder for what runs, and that of the audio in it: one that cannot be written to shows here and not later. */
export async function openDataFolder(dir: string, decoder: Decoder): Promise<Media> {
  // As root others may pass through it, since the database runs under another account.
  const mode = process.getuid?.() === 0 ? 0o711 : 0o700
  try {
    await mkdir(dir, { recursive: true, mode })
    return await diskMedia(join(dir, 'audio'), { decoder })
  } catch (error) {
    throw new BadSetting(`ROOMTONE_DATA_DIR ${dir} cannot be used: ${error instanceof Error ? error.message : error}`)
  }
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

import { createPublicKey, type KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freshSealKey, readSealKey } from '../adapters/identity/notary.ts'
import { BadSetting } from './config.ts'
import { writeWhole } from './whole-file.ts'

/**
 * What the audit is sealed with: what was set; else a key of our own that is kept where only this account can read it. Its
 * public half lies beside it, to be handed to whoever is to verify. Seals of a former key stay what they are.
 */
export async function sealKey(dir: string, set: string | undefined): Promise<KeyObject> {
  const key = (set === undefined ? undefined : readSealKey(set)) ?? (await keptKey(join(dir, 'audit-seal-key.pem')))
  const shown = createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString()
  const path = join(dir, 'audit-seal-key.public.pem')
  if ((await readFile(path, 'utf8').catch(() => undefined)) !== shown) await writeWhole(path, shown)
  return key
}

async function keptKey(path: string): Promise<KeyObject> {
  const text = await readFile(path, 'utf8').catch((error: { code?: string }) => {
    if (error.code === 'ENOENT') return undefined
    throw new BadSetting(`${path} cannot be read: ${error.code}`)
  })
  if (text === undefined) {
    const made = freshSealKey()
    await writeWhole(path, made.export({ type: 'pkcs8', format: 'pem' }).toString())
    return made
  }
  const key = readSealKey(text)
  if (!key) throw new BadSetting(`${path} does not hold an Ed25519 key: remove it, and a new one is made`)
  return key
}

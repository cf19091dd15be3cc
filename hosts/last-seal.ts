import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Register } from '../adapters/identity/notary.ts'
import { type } from '../adapters/system/type.ts'
import { BadSetting } from './config.ts'
import { writeWhole } from './whole-file.ts'

/** A file of ours. */
const mark = type({ number: 'number.integer > 0', lastSeq: 'number.integer > 0', hash: 'string' })

/**
 * The last seal of the audit, noted outside of the database: whoever can write there cannot take seals back unnoticed, and have
 * other entries sealed in their place. Whoever goes back to an older database, or on to another, removes the file.
 */
export async function lastSealIn(dir: string): Promise<Register> {
  const path = join(dir, 'audit-last-seal.json')
  const text = await readFile(path, 'utf8').catch((error: { code?: string }) => {
    if (error.code === 'ENOENT') return undefined
    throw new BadSetting(`${path} cannot be read: ${error.code}`)
  })
  const last = text === undefined ? undefined : type('string.json.parse').to(mark)(text)
  if (last instanceof type.errors) throw new BadSetting(`${path} does not name a seal: look why, before you remove it`)
  return { last, keep: (mark) => writeWhole(path, `${JSON.stringify(mark)}\n`) }
}

import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TicketKey } from '../adapters/identity/tickets.ts'
import { type } from '../adapters/system/type.ts'
import { TICKET_LIFETIME_MS } from '../core/access/ticket.ts'
import type { Instant } from '../core/ids.ts'
import { BadSetting } from './config.ts'
import { writeWhole } from './whole-file.ts'

const A_MONTH_MS = 30 * 24 * 60 * 60_000

/** A file of ours: the key that signs, since when, and the one before. */
const kept = type({ secret: 'string >= 32', since: 'number', 'former?': { secret: 'string >= 32', until: 'number' } })
type Kept = typeof kept.infer

/**
 * What tickets are signed with: what was set, the newest first; else a key of our own that is kept where only this account can
 * read it. At a start after a month a new one follows it, and the old one reads until the last ticket signed with it has ended.
 * Whoever removes the file and starts anew ends every ticket at once.
 */
export async function ticketKeys(dir: string, set: string | undefined, now: Instant): Promise<readonly TicketKey[]> {
  if (set !== undefined) return set.split(/\s+/).map((secret) => ({ secret }))
  const path = join(dir, 'ticket-keys.json')
  const found = await read(path)
  const standing = found && now - found.since < A_MONTH_MS ? found : followed(found, now)
  if (standing !== found) await writeWhole(path, `${JSON.stringify(standing)}\n`)
  const { secret, former } = standing
  return [{ secret }, ...(former ? [former] : [])]
}

const followed = (before: Kept | undefined, now: Instant): Kept => ({
  secret: randomBytes(32).toString('base64url'),
  since: now,
  ...(before && { former: { secret: before.secret, until: now + TICKET_LIFETIME_MS } }),
})

async function read(path: string): Promise<Kept | undefined> {
  const text = await readFile(path, 'utf8').catch((error: { code?: string }) => {
    if (error.code === 'ENOENT') return undefined
    throw new BadSetting(`${path} cannot be read: ${error.code}`)
  })
  if (text === undefined) return undefined
  const found = type('string.json.parse').to(kept)(text)
  if (found instanceof type.errors)
    throw new BadSetting(`${path} does not hold ticket keys: remove it, and new ones are made`)
  return found
}

import { randomBytes, randomUUID } from 'node:crypto'
import type { Ids } from '../../core/ports/identity.ts'

/** Random, and ordered by the clock that is handed in. */
export function systemIds(now: () => number): Ids {
  let last = { at: 0, count: 0 }

  return {
    uuid: () => randomUUID(),
    /**
     * UUID version 7 (RFC 9562): 48 bits of milliseconds, then 12 bits counting within one (method 1). A clock that steps
     * back, or more than 4,096 in a millisecond, borrows from the future, so that the order of minting always shows.
     */
    ordered() {
      const at = Math.max(now(), last.at)
      const count = at === last.at ? last.count + 1 : 0
      last = count > 0xfff ? { at: at + 1, count: 0 } : { at, count }
      const time = last.at.toString(16).padStart(12, '0')
      const random = randomBytes(8)
      random[0] = ((random[0] ?? 0) & 0x3f) | 0x80
      const tail = random.toString('hex')
      return `${time.slice(0, 8)}-${time.slice(8)}-7${last.count.toString(16).padStart(3, '0')}-${tail.slice(0, 4)}-${tail.slice(4)}`
    },
  }
}

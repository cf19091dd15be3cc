import { randomFillSync, randomUUID } from 'node:crypto'
import type { Ids } from '../../core/ports/identity.ts'

/** Random, and ordered by the clock that is handed in. */
export function systemIds(now: () => number): Ids {
  const word = randomWords()
  let last = { at: 0, place: 0 }

  return {
    uuid: () => randomUUID(),
    /**
     * UUID version 7 (RFC 9562, method 2): 48 bits of milliseconds, 42 bits that say where it stands within one, and 32 of
     * chance. The first stands anywhere, each next one a random step further, mostly short ones and at times a very long one: two
     * ids of a millisecond do not tell how many others were made in it. A clock that steps back, or a step beyond the
     * millisecond, borrows from the future, so that the order of minting always shows.
     */
    ordered() {
      const at = Math.max(now(), last.at)
      const place = at === last.at ? last.place + 1 + (word() >>> (word() & 31)) : anywhere(word)
      last = place < PLACES ? { at, place } : { at: at + 1, place: anywhere(word) }
      const time = hex(last.at, 12)
      const high = hex(Math.floor(last.place / LOW_PLACES), 3)
      const low = hex(VARIANT + (last.place % LOW_PLACES), 8)
      return `${time.slice(0, 8)}-${time.slice(8)}-7${high}-${low.slice(0, 4)}-${low.slice(4)}${hex(word(), 8)}`
    },
  }
}

/** As many as go beside the version, times as many as go beside the variant. */
const LOW_PLACES = 2 ** 30
const PLACES = 2 ** 12 * LOW_PLACES
const VARIANT = 0x8000_0000
const WORDS = 1024

const anywhere = (word: () => number) => (word() >>> 20) * LOW_PLACES + (word() >>> 2)
const hex = (number: number, digits: number) => number.toString(16).padStart(digits, '0')

/** 32 random bits at a time; asked for one by one they would cost more than all the rest. */
function randomWords(): () => number {
  const words = new Uint32Array(WORDS)
  let used = WORDS
  return () => {
    if (used === WORDS) {
      randomFillSync(words)
      used = 0
    }
    return words[used++] ?? 0
  }
}

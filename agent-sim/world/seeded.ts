import { createHash } from 'node:crypto'
import type { Ids, Passwords, Tokens } from '../../core/ports/identity.ts'
import { chanceOf } from '../chance.ts'

/** Everything in a world that is random elsewhere: from one seed, so that the same seed gives the same world. */
export interface Seeded {
  /** From 0 up to 1. */
  readonly chance: () => number
  readonly ids: Ids
  readonly tokens: Tokens
  /** Worth nothing as a defence: who signs in here is made up, and Argon2 takes its time in threads of its own. */
  readonly passwords: Passwords
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

export function seededFrom(seed: number): Seeded {
  const chance = chanceOf(seed)
  const names = chanceOf(seed ^ 0x5eed)
  let count = 0
  const hex = (digits: number) => Array.from({ length: digits }, () => Math.floor(names() * 16).toString(16)).join('')
  const uuid = (head: string) => `${head}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`

  return {
    chance,
    ids: {
      uuid: () => uuid(hex(8)),
      ordered: () => uuid((count++).toString(16).padStart(8, '0')),
    },
    tokens: {
      mint(prefix) {
        const token = prefix + hex(64)
        return { token, hash: sha256(token) }
      },
      hash: sha256,
    },
    passwords: {
      hash: async (password) => `plain:${password}`,
      verify: async (hash, password) => hash === `plain:${password}`,
    },
  }
}

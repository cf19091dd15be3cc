import { hash, randomBytes } from 'node:crypto'
import type { Tokens } from '../../core/ports/identity.ts'

/** SHA-256, hex: a token of 32 random bytes needs no slower hash. */
export const hashToken = (token: string): string => hash('sha256', token, 'hex')

export const systemTokens: Tokens = {
  mint(prefix) {
    const token = `${prefix}${randomBytes(32).toString('base64url')}`
    return { token, hash: hashToken(token) }
  },
  hash: hashToken,
}

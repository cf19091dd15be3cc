import type { Passwords } from '../../core/ports/identity.ts'

/** For tests that make hundreds of sessions, and are not about what a password costs. */
export const plainPasswords: Passwords = {
  hash: async (password) => `plain:${password}`,
  verify: async (hash, password) => hash === `plain:${password}`,
}

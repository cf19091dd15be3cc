import type { Passwords } from '../../ports/identity.ts'

/**
 * Within one call the same question is answered once. A decision that is made anew, since authority has moved on meanwhile, must
 * not take another turn of Argon2: in that time authority would move on again.
 */
export function askedOnce(passwords: Passwords): Passwords {
  const hashes = new Map<string, Promise<string>>()
  const verified = new Map<string, Promise<boolean>>()
  return {
    hash: (password) => once(hashes, password, () => passwords.hash(password)),
    verify: (hash, password, line) =>
      once(verified, `${hash} ${password}`, () => passwords.verify(hash, password, line)),
  }
}

function once<T>(answers: Map<string, Promise<T>>, key: string, ask: () => Promise<T>): Promise<T> {
  const answer = answers.get(key) ?? ask()
  answers.set(key, answer)
  return answer
}

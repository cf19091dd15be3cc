import { Argon2id } from 'oslo/password'
import type { Passwords } from '../../core/ports/identity.ts'

/** More at once would only take memory and threads from each other. */
const CONCURRENT_MAX = 4

/** Argon2id in threads of the native module, so that the event loop goes on. */
export function argonPasswords(): Passwords {
  const argon = new Argon2id()
  const inTurn = limited(CONCURRENT_MAX)
  // Made at once: the first who asks for nobody must not wait longer than the next.
  const decoy = inTurn(() => argon.hash('nobody has this password'))

  return {
    hash: (password) => inTurn(() => argon.hash(password)),
    async verify(hash, password) {
      const against = hash ?? (await decoy)
      // A stored hash that cannot be read matches nothing, and is no reason to fail.
      const matches = await inTurn(() => argon.verify(against, password)).catch(() => false)
      return matches && hash !== undefined
    },
  }
}

function limited(max: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0
  const waiting: (() => void)[] = []
  return async (work) => {
    if (running >= max) await new Promise<void>((resume) => waiting.push(resume))
    running++
    try {
      return await work()
    } finally {
      running--
      waiting.shift()?.()
    }
  }
}

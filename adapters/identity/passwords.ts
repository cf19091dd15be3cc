import { Argon2id } from 'oslo/password'
import { Busy, type Line, type Passwords } from '../../core/ports/identity.ts'

/** More at once would only take memory and threads from each other. */
const AT_ONCE_MAX = 4
/** In each line; at some 50 ms each the last of them waits a second. */
const WAITING_MAX = 64

/** Argon2id in threads of the native module, so that the event loop goes on. */
export function argonPasswords(): Passwords {
  const argon = new Argon2id()
  const inTurn = inLines()
  // Made at once: the first who asks for nobody must not wait longer than the next.
  const decoy = inTurn('known', () => argon.hash('nobody has this password'))

  return {
    hash: (password) => inTurn('known', () => argon.hash(password)),
    async verify(hash, password, line) {
      const matches = await inTurn(line, async () => {
        const against = hash ?? (await decoy)
        // A stored hash that cannot be read matches nothing, and is no reason to fail.
        return argon.verify(against, password).catch(() => false)
      })
      return matches && hash !== undefined
    },
  }
}

/** Two lines, served by turns: however many strangers come, who is known waits behind no more of them than of its own. */
function inLines(): <T>(line: Line, work: () => Promise<T>) => Promise<T> {
  const lines: Readonly<Record<Line, (() => void)[]>> = { known: [], strangers: [] }
  let atWork = 0
  let next: Line = 'known'

  /** A place that becomes free is handed on, so that nobody who comes just then slips in. */
  function handOn(): void {
    const other = next === 'known' ? 'strangers' : 'known'
    const resume = lines[next].shift() ?? lines[other].shift()
    next = other
    if (resume) resume()
    else atWork--
  }

  return async (line, work) => {
    if (atWork < AT_ONCE_MAX) atWork++
    else if (lines[line].length >= WAITING_MAX) throw new Busy('too many are being verified')
    else await new Promise<void>((resume) => lines[line].push(resume))
    try {
      return await work()
    } finally {
      handOn()
    }
  }
}

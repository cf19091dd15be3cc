/** How many files are made and sent at once: each stands in memory, and each may have an encoder at it. */
export const FILES_AT_ONCE = 4

/** Does a piece of work when it is its turn; without doing it, undefined when the signal fell while it was waiting. */
export type Turns = <T>(work: () => Promise<T>) => Promise<T | undefined>

/** Lets at most so many work at once; the others wait in the order in which they came. */
export function turnsOf(max: number, signal?: AbortSignal): Turns {
  let free = max
  const waiting: (() => void)[] = []

  return async (work) => {
    if (free > 0) free -= 1
    else await new Promise<void>((called) => waiting.push(called))
    try {
      return signal?.aborted ? undefined : await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else free += 1
    }
  }
}

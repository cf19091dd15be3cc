import { Stale } from '../../../core/ports/storage.ts'

/** The five characters of the SQL standard, a digit among them; the codes of sockets and of drivers are words. */
export function sqlState(error: unknown): string | undefined {
  for (let each = error; each instanceof Error; each = each.cause) {
    if ('code' in each && typeof each.code === 'string' && /^(?=.*\d)[0-9A-Z]{5}$/.test(each.code)) return each.code
  }
  return undefined
}

/**
 * The server itself refused the statement, and the connection is whole. Out of reach, out of room, going down and a standby that
 * takes no writes are not.
 */
export const isServersWord = (error: unknown): boolean => {
  const code = sqlState(error)
  return code !== undefined && !/^(08|25006|53|57|58|XX)/.test(code)
}

/** It is known that nothing was written: so said the server, or we did on what it had found. */
export const isRefusal = (error: unknown): boolean => error instanceof Stale || isServersWord(error)

/** The server was told to end the statement, by its clock or by somebody (57014): nothing of it was kept, and it is whole. */
export const isCancelled = (error: unknown): boolean => sqlState(error) === '57014'

/** Someone else got through first: took what must be unique (23505), or stood in a circle of waiting (40P01, 40001). */
export const isLostRace = (error: unknown): boolean =>
  error instanceof Stale || ['23505', '40P01', '40001'].includes(sqlState(error) ?? '')

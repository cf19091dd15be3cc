import { scope } from 'arktype'

/** What is sent all the time, by agents and by whoever watches them, is checked by code that is made for it. */
export { type as compiled } from 'arktype'

/**
 * Everything else is walked through, schema beside input. Code for all of it would take some twenty megabytes, and a sixth of a
 * second of every start.
 */
export const { type } = scope({}, { jitless: true })

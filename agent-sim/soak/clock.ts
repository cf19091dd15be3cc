import { clockOf } from '../run.ts'

/** Processes are killed in real time. */
export const systemClock = clockOf(() => Date.now())

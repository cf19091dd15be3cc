import { type Given, Stage } from './stage.ts'

/** The stage of a program: what it started is ended when the program is told to end. */
export function programStage(given?: Given): Stage {
  const stage = new Stage({ PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' }, given)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void stage.clear().finally(() => process.exit(1)))
  }
  return stage
}

import { getLogger } from '@logtape/logtape'
import { now } from '../adapters/system/clock.ts'
import { StorageUnavailable } from '../core/ports/storage.ts'
import type { Runner, RunnerName } from '../core/runners/runner.ts'
import type { World } from '../core/world.ts'

const log = getLogger(['roomtone', 'runners'])

export interface Running {
  /** Settles when no tick is under way any more. */
  stop(): Promise<void>
}

/** The only timer. A duty's next tick is counted from the end of its last, so that none overtakes itself; 0 is never. */
export function runLoop(
  world: World,
  runners: readonly Runner[],
  everyMs: Readonly<Record<RunnerName, number>>,
): Running {
  const ticking = runners.filter(({ name }) => everyMs[name] > 0)
  const stops = ticking.map((runner) => keepTicking(world, runner, everyMs[runner.name]))
  return {
    async stop() {
      await Promise.all(stops.map((stop) => stop()))
      // One after the other: what is recorded at last is to be sealed, too.
      for (const { lastTick, ...runner } of ticking) if (lastTick) await tickOnce(world, { ...runner, tick: lastTick })
    },
  }
}

function keepTicking(world: World, runner: Runner, everyMs: number): () => Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  let stopped = false
  let ticking = Promise.resolve()
  const next = () => {
    if (!stopped) timer = setTimeout(() => (ticking = tickOnce(world, runner).then(next)), everyMs)
  }
  next()
  return async () => {
    stopped = true
    clearTimeout(timer)
    await ticking
  }
}

/** One tick that fails must not end the duty. */
async function tickOnce(world: World, runner: Runner): Promise<void> {
  try {
    const done = await runner.tick(world, now())
    if (done > 0) log.info('{runner} runner: {done} done', { runner: runner.name, done })
  } catch (error) {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error)
    if (error instanceof StorageUnavailable) log.warn('{runner} runner waits for the storage', { runner: runner.name })
    else log.error('{runner} runner failed: {reason}', { runner: runner.name, reason })
  }
}

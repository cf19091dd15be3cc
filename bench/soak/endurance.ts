import type { Round } from '../load/round.ts'
import { median, percentile, type Slope, slopeOf } from '../statistics.ts'

export interface Sample {
  readonly atSeconds: number
  readonly residentMiB: number
}

export interface Endurance {
  /** In MiB a minute. */
  readonly growth: Slope
  readonly fromMiB: number
  readonly toMiB: number
  readonly lagP99Ms: number
  readonly lagMaxMs: number
  /** Too short a time shows no slope: nothing is judged. */
  readonly isJudged: boolean
}

/** How much of the beginning is left out: caches fill, and code is compiled. */
const BEGINNING = 0.2
/** One figure for so long: within that time memory rises and falls with each collection. */
const WINDOW_SECONDS = 10
const JUDGED_WINDOWS_MIN = 12
const LAG_P99_MS_MAX = 20

export function endurance(samples: readonly Sample[], lagsMs: readonly number[]): Endurance {
  const windows = windowsOf(samples.slice(Math.floor(samples.length * BEGINNING)))
  const { perX, from, to } = slopeOf(windows)
  return {
    growth: { perX: perX * 60, from: from * 60, to: to * 60 },
    fromMiB: windows[0]?.[1] ?? Number.NaN,
    toMiB: windows.at(-1)?.[1] ?? Number.NaN,
    lagP99Ms: percentile(lagsMs, 0.99),
    lagMaxMs: percentile(lagsMs, 1),
    isJudged: windows.length >= JUDGED_WINDOWS_MIN,
  }
}

function windowsOf(samples: readonly Sample[]): readonly (readonly [number, number])[] {
  const windows = new Map<number, number[]>()
  for (const { atSeconds, residentMiB } of samples) {
    const startsAt = Math.floor(atSeconds / WINDOW_SECONDS) * WINDOW_SECONDS
    windows.set(startsAt, [...(windows.get(startsAt) ?? []), residentMiB])
  }
  return [...windows].map(([startsAt, held]) => [startsAt, median(held)])
}

/** Memory that shrinks is no leak. */
export const isWell = ({ growth, lagP99Ms, isJudged }: Endurance): boolean =>
  !isJudged || (growth.from <= 0 && lagP99Ms < LAG_P99_MS_MAX)

export function told(
  found: Endurance,
  { requests, seconds, p50Ms, p99Ms, coresWithDatabase, errors, faults }: Round,
): string {
  const { growth, fromMiB, toMiB, lagP99Ms, lagMaxMs, isJudged } = found
  const [slope, from, to] = [growth.perX, growth.from, growth.to].map((each) => each.toFixed(3))
  const verdict = !isJudged ? 'too short to be judged' : isWell(found) ? 'well' : 'not well'
  return [
    `RSS ${fromMiB.toFixed(0)} to ${toMiB.toFixed(0)} MiB, slope ${slope} MiB/min (95 %: ${from} to ${to})`,
    `event loop lag p99 ${lagP99Ms.toFixed(2)} ms, most ${lagMaxMs.toFixed(1)} ms`,
    `${(requests / seconds).toFixed(0)} requests/s, p50 ${p50Ms.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms, ` +
      `${coresWithDatabase.toFixed(2)} cores incl. DB, ${errors} errors`,
    ...[...new Set(faults)].map((fault) => `error: ${fault}`),
    verdict,
  ].join('\n')
}

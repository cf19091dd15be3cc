import { percentile } from '../statistics.ts'
import type { Attempt } from './recorder.ts'

/** What became of everything that was due within one second. */
export interface Second {
  /** Since everything was broken; what was before is negative. */
  readonly at: number
  readonly p99Ms: number
  readonly answered: number
  readonly sentAway: number
  readonly cutOff: number
  readonly refused: number
}

export function secondsOf(attempts: readonly Attempt[], brokenMs: number): readonly Second[] {
  const bySecond = new Map<number, Attempt[]>()
  for (const each of attempts) {
    const at = Math.floor((each.dueMs - brokenMs) / 1000)
    const known = bySecond.get(at)
    if (known) known.push(each)
    else bySecond.set(at, [each])
  }
  const tell = ([at, all]: readonly [number, readonly Attempt[]]): Second => {
    const many = (outcome: Attempt['outcome']) => all.filter((each) => each.outcome === outcome).length
    return {
      at,
      p99Ms: percentile(all.map(latencyOf), 0.99),
      answered: many('answered'),
      sentAway: many('sent away'),
      cutOff: many('cut off'),
      refused: many('refused'),
    }
  }
  return [...bySecond].sort(([a], [b]) => a - b).map(tell)
}

export interface Settling {
  readonly brokenMs: number
  readonly endMs: number
  /** How long the fleet takes to beat once: of less than that nothing is said. */
  readonly everyMs: number
  readonly p99MsMax: number
}

/**
 * From which second on all is well for good: of everything that was due from then to the end all was answered, and 99 of 100
 * within the time. Undefined where that is never.
 */
export function settledAfter(
  attempts: readonly Attempt[],
  { brokenMs, endMs, everyMs, p99MsMax }: Settling,
): number | undefined {
  const seconds = Math.floor((endMs - brokenMs - everyMs) / 1000)
  for (let second = 0; second <= seconds; second++) {
    const rest = attempts.filter(({ dueMs }) => dueMs >= brokenMs + second * 1000 && dueMs < endMs)
    const isWell = rest.length > 0 && rest.every(({ outcome }) => outcome === 'answered')
    if (isWell && percentile(rest.map(latencyOf), 0.99) <= p99MsMax) return second
  }
  return undefined
}

const latencyOf = ({ dueMs, endMs }: Attempt) => endMs - dueMs

/** A node that was shown as offline, to someone who asked and was answered at these times. */
export interface ShownOffline {
  readonly nodeId: string
  readonly askedMs: number
  readonly answeredMs: number
}

/** Those that were shown as offline although a beat of theirs had been answered, and was not old enough. */
export function falselyOffline(
  shown: readonly ShownOffline[],
  attempts: readonly Attempt[],
  offlineAfterMs: number,
): readonly ShownOffline[] {
  const beats = new Map<string, Attempt[]>()
  for (const each of attempts)
    if (each.outcome === 'answered') beats.set(each.nodeId, [...(beats.get(each.nodeId) ?? []), each])
  return shown.filter(({ nodeId, askedMs, answeredMs }) =>
    // Heard after it was sent, and known before it was asked: at no moment of the asking was it too old.
    beats.get(nodeId)?.some(({ dueMs, endMs }) => endMs <= askedMs && dueMs >= answeredMs - offlineAfterMs),
  )
}

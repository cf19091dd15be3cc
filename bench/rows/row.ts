import type { Pace } from '../pace.ts'
import type { Runtime } from '../stage/runtimes.ts'
import type { Stage } from '../stage/stage.ts'
import type { Spread } from '../statistics.ts'

/** One subject of the list of targets, and how it is measured. */
export interface Row {
  /** As the list of targets counts them. */
  readonly number: string
  readonly name: string
  /** What the controller runs on, where that is not Bun. */
  readonly runtime?: Runtime
  /** It looks into the controller's process, its database or its folder: one that is elsewhere is not measured by it. */
  readonly needsOwn?: true
  measure(stage: Stage, pace: Pace): Promise<Measured>
}

export interface Measured {
  readonly figures: readonly Figure[]
  /** What helps to judge the figures. */
  readonly asides: Readonly<Record<string, number>>
  /** What a reader has to know of them. */
  readonly notes?: readonly string[]
  /** For the chart. */
  readonly costs?: readonly Cost[]
  readonly errors: number
  /** The first few errors, in words. */
  readonly faults: readonly string[]
}

export interface Figure {
  readonly name: string
  /** Median, least and most of the rounds. NaN where it cannot be had. */
  readonly measured: Spread
  readonly aim?: Aim
}

export interface Aim {
  readonly is: 'at least' | 'at most'
  readonly target: number
  readonly stretch?: number
}

export const atLeast = (target: number, stretch?: number): Aim => aim('at least', target, stretch)
export const atMost = (target: number, stretch?: number): Aim => aim('at most', target, stretch)
const aim = (is: Aim['is'], target: number, stretch?: number): Aim => ({ is, target, ...(stretch && { stretch }) })

/** What one request costs in a fleet of some size, in requests of the yardstick. */
export interface Cost {
  readonly nodes: number
  readonly alone: Spread
  readonly withDatabase: Spread
}

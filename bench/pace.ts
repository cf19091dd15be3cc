import type { Times } from './load/told.ts'

/** How long everything goes on, and how large the world is in which it is measured. */
export interface Pace {
  readonly rounds: number
  /** Of the controller, once before the first round of a row; the yardstick, being faster, has half of that. */
  readonly firstWarmUpMs: number
  /** A spell of a closed loop. */
  readonly spell: Times
  /**
   * A spell of claims, and how many go before the first. Each claim uses up a job that waits: to fill them up takes longer than
   * the spell, so there are fewer rounds.
   */
  readonly claims: Times & { readonly rounds: number; readonly perNode: number; readonly warmUps: number }
  /** A spell of an open loop. */
  readonly open: Times
  readonly openRounds: number
  /** How many nodes small, middling and large fleets have. */
  readonly fleets: Readonly<Record<FleetName, number>>
  readonly finishedJobs: number
  /** How many frames of each interface are heard before memory is measured. */
  readonly windowFrames: number
  readonly starts: number
}

export type FleetName = 'small' | 'middle' | 'large'

/** Many short rounds: on a machine that is shared a few long ones are slow or fast by chance, and so is their median. */
export const thorough: Pace = {
  rounds: 15,
  firstWarmUpMs: 6000,
  spell: { warmUpMs: 300, countedMs: 2000 },
  claims: { rounds: 5, warmUps: 4, warmUpMs: 300, countedMs: 2500, perNode: 30 },
  open: { warmUpMs: 5000, countedMs: 20_000 },
  openRounds: 3,
  fleets: { small: 50, middle: 1000, large: 5000 },
  finishedJobs: 1_000_000,
  windowFrames: 600,
  starts: 5,
}

/** Everything once, in little time: what comes of it says that nothing is broken, and not how fast it is. */
export const quick: Pace = {
  rounds: 1,
  firstWarmUpMs: 600,
  spell: { warmUpMs: 100, countedMs: 500 },
  claims: { rounds: 1, warmUps: 1, warmUpMs: 50, countedMs: 400, perNode: 50 },
  open: { warmUpMs: 500, countedMs: 2000 },
  openRounds: 1,
  fleets: { small: 20, middle: 100, large: 300 },
  finishedJobs: 20_000,
  windowFrames: 10,
  starts: 2,
}

import { audioSurvives } from './audio.ts'
import { auditAgrees } from './audit.ts'
import type { Checker, Facts } from './facts.ts'
import { bytesAreOwned } from './files.ts'
import { claimedOnce, endsStand, everythingEnds } from './jobs.ts'

/** Nobody is met with a fault of ours, and whoever was let in before is let in after. */
const noFaults: Checker = ({ faults }) => faults

/** No entry lacks, is altered, or stands where another was. */
const trailHolds: Checker = ({ trail }) => trail

/** A promise each, by its number where it has one. */
const checkers: Readonly<Record<string, Checker>> = {
  faults: noFaults,
  R1: claimedOnce,
  R2: endsStand,
  R8: everythingEnds,
  R10: auditAgrees,
  R11: trailHolds,
  R18: audioSurvives,
  R21: bytesAreOwned,
}

/** Every promise that was not kept, and how. */
export const check = (facts: Facts): readonly string[] =>
  Object.entries(checkers).flatMap(([promise, checker]) => checker(facts).map((wrong) => `${promise}: ${wrong}`))

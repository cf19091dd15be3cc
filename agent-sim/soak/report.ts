import { commandFor, type Plan } from './plan.ts'
import type { Outcome } from './round.ts'

export const isClean = ({ violations }: Outcome) => violations.length === 0

export const nameOf = ({ seed, database, victim, nodes, kills }: Plan) =>
  `seed ${seed}, ${database}, ${victim} killed ${kills.length} times among ${nodes.length} recorders`

/** A line for a round; for one that has failed everything that may help, and how to do it again. */
export function lineOf(outcome: Outcome): string {
  const { plan, uploads, changes, recordings, ends, orphans, violations, seconds, words } = outcome
  const counted = Object.entries(ends).map(([end, count]) => `${count} ${end}`)
  const line = [
    `${nameOf(plan)}: ${changes} changes and ${uploads} uploads acknowledged`,
    `${recordings} recordings (${counted.join(', ')})`,
    `${orphans} files without a row, ${violations.length} violations, ${seconds} s`,
  ].join('; ')
  if (isClean(outcome)) return line
  return [line, ...violations.map((wrong) => `  ${wrong}`), `  again: ${commandFor(plan)}`, words].join('\n')
}

export function totalOf(outcomes: readonly Outcome[]): string {
  const sum = (count: (outcome: Outcome) => number) => outcomes.reduce((total, each) => total + count(each), 0)
  const kills = (victim: string) => sum(({ plan }) => (plan.victim === victim ? plan.kills.length : 0))
  return [
    `${outcomes.length} rounds, ${kills('host')} kills of the host and ${kills('database')} of its database`,
    `${sum(({ changes }) => changes)} changes and ${sum(({ uploads }) => uploads)} uploads acknowledged`,
    `${sum(({ recordings }) => recordings)} recordings, ${sum(({ orphans }) => orphans)} files without a row`,
    `${sum(({ violations }) => violations.length)} violations`,
  ].join('; ')
}

import process from 'node:process'
import { parseArgs } from 'node:util'
import { systemClock } from '../main.ts'
import { type Plan, planOf, type Variant, variants } from './plan.ts'
import { isClean, lineOf, nameOf, totalOf } from './report.ts'
import { type Outcome, runRound } from './round.ts'

const USAGE = `Usage: npm run soak:crash -- [rounds] [options]

  rounds                            how many, 10 if nothing is said
  --seed N                          of the first round; each further one has the next
  --database embedded|server|both   a server is named by TEST_DATABASE_URL
  --kill host|database|both         whom; only the embedded database is killed
  --at-once 2                       rounds at one time
  --forsaken                        what could not be delivered never is, and leases run out (else every fifth round)

The same seed gives the same plan: who records what, who is stopped, after which request comes a kill. The clock is real, so
that what a kill meets just then differs from run to run.`

/** Every n-th round waits for leases to run out, which takes most of a minute. */
const FORSAKEN_EVERY = 5

if (import.meta.main) process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      seed: { type: 'string', default: String(systemClock.nowMs() % 1_000_000) },
      database: { type: 'string', default: 'both' },
      kill: { type: 'string', default: 'both' },
      'at-once': { type: 'string', default: '2' },
      forsaken: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return say(USAGE, 0)
  const rounds = Number(positionals[0] ?? 10)
  const chosen = chooseVariants(values.database, values.kill)
  if (!(rounds > 0) || chosen.length === 0) return say(USAGE, 2)

  const seed = Number(values.seed)
  const plans = Array.from({ length: rounds }, (_, i) => {
    const variant = chosen[i % chosen.length] as Variant
    return planOf(seed + i, variant, values.forsaken || i % FORSAKEN_EVERY === FORSAKEN_EVERY - 1)
  })
  say(`crash soak: ${rounds} rounds from seed ${seed}`, 0)
  const outcomes = await runAll(plans, Number(values['at-once']))
  return say(totalOf(outcomes), outcomes.length === rounds && outcomes.every(isClean) ? 0 : 1)
}

function chooseVariants(database: string, kill: string): readonly Variant[] {
  const wanted = variants.filter(
    (each) => (database === 'both' || each.database === database) && (kill === 'both' || each.victim === kill),
  )
  if (process.env['TEST_DATABASE_URL']) return wanted
  const left = wanted.filter((each) => each.database !== 'server')
  if (left.length < wanted.length) say('SKIPPED the rounds on a server: TEST_DATABASE_URL names none', 0)
  return left
}

async function runAll(plans: readonly Plan[], atOnce: number): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = []
  const waiting = [...plans]
  const worker = async () => {
    for (let plan = waiting.shift(); plan; plan = waiting.shift()) {
      const outcome = await attempt(plan)
      if (outcome) outcomes.push(outcome)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return outcomes
}

async function attempt(plan: Plan): Promise<Outcome | undefined> {
  try {
    const outcome = await runRound(plan)
    say(lineOf(outcome), 0)
    return outcome
  } catch (error) {
    say(`${nameOf(plan)} broke off: ${error instanceof Error ? error.stack : error}`, 1)
    return undefined
  }
}

function say(line: string, status: number): number {
  console.log(line)
  return status
}

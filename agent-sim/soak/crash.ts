import process from 'node:process'
import { parseArgs } from 'node:util'
import { wholeNumber } from '../whole-number.ts'
import { systemClock } from './clock.ts'
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
  let options: ReturnType<typeof readArguments>
  try {
    options = readArguments(args)
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    return 2
  }
  const { help, rounds, seed, atOnce } = options
  const chosen = help ? [] : chooseVariants(options)
  if (help || chosen.length === 0) {
    console.log(USAGE)
    return help ? 0 : 2
  }
  console.log(`crash soak: ${rounds} rounds from seed ${seed}`)
  const plans = Array.from({ length: rounds }, (_, i) => {
    const forsaken = options.forsaken || i % FORSAKEN_EVERY === FORSAKEN_EVERY - 1
    return planOf(seed + i, chosen[i % chosen.length] as Variant, forsaken)
  })
  const outcomes = await runAll(plans, atOnce)
  console.log(totalOf(outcomes))
  return outcomes.length === rounds && outcomes.every(isClean) ? 0 : 1
}

function readArguments(args: readonly string[]) {
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
  const { seed, 'at-once': atOnce, ...rest } = values
  const [rounds = '10', ...others] = positionals
  if (others.length > 0) throw new Error(`how many rounds is one number, and not ${positionals.join(' ')}`)
  return {
    ...rest,
    rounds: wholeNumber('[rounds]', rounds, 1),
    seed: wholeNumber('--seed', seed, 0),
    atOnce: wholeNumber('--at-once', atOnce, 1),
  }
}

function chooseVariants({ database, kill }: { readonly database: string; readonly kill: string }): readonly Variant[] {
  const wanted = variants.filter(
    (each) => (database === 'both' || each.database === database) && (kill === 'both' || each.victim === kill),
  )
  if (process.env['TEST_DATABASE_URL']) return wanted
  const left = wanted.filter((each) => each.database !== 'server')
  if (left.length < wanted.length) console.warn('SKIPPED the rounds on a server: TEST_DATABASE_URL names none')
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
    console.log(lineOf(outcome))
    return outcome
  } catch (error) {
    console.error(nameOf(plan), error)
    return undefined
  }
}

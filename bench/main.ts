import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Controller, givenController, ownController } from './controller.ts'
import { enrol, replyBytesOf } from './enrol.ts'
import { canAccount, type Served, serve } from './process.ts'
import { frames } from './rows/frames.ts'
import { heartbeats } from './rows/heartbeats.ts'
import type { Bench, Pace, Row } from './rows/row.ts'
import { provenance, type Result, report } from './table.ts'

const USAGE = `Usage: npm run bench -- [options]

  --quick               short rounds, as CI runs them
  --against URL         another controller of this contract, with --email and --password of an owner
  --json FILE           the figures, for programs`

const rows: readonly Row[] = [...heartbeats, ...frames]

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    against: { type: 'string' },
    email: { type: 'string', default: '' },
    password: { type: 'string', default: '' },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  console.log(USAGE)
  process.exit(0)
}

const pace: Pace = values.quick
  ? { rounds: 3, firstWarmUpMs: 2000, warmUpMs: 200, countedMs: 1500 }
  : { rounds: 5, firstWarmUpMs: 6000, warmUpMs: 1000, countedMs: 5000 }

const from = provenance()
const { against, email, password } = values
const controller = against
  ? givenController(against, { email, password })
  : ownController({ PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' })
/** What has been started is ended on the way out, whatever the way. */
const started: Pick<Served, 'stop'>[] = [controller]
const results = await Promise.race([run(controller), interruption()]).finally(() =>
  Promise.all(started.map((each) => each.stop())),
)

console.log(`\n${report(results, from)}`)
if (values.json) await Bun.write(values.json, `${JSON.stringify({ ...from, pace, rows: results }, null, 2)}\n`)
process.exit(results.some(({ errors }) => errors > 0) ? 1 : 0)

async function run({ url: serving, account, pid }: Controller): Promise<readonly Result[]> {
  if (!canAccount()) console.log('This system has no /proc: requests per second only, no ratios.')
  const url = await serving
  const targets = await enrol(url, account, Math.max(...rows.map(({ nodes }) => nodes)))
  const [first] = targets
  if (!first) throw new Error('no node was enrolled')
  const replyBytes = await replyBytesOf(url, first)
  const yardstick = startYardstick(replyBytes)
  started.push(yardstick)
  const ours = { url, ...(pid !== undefined && canAccount() && { pid }) }
  const theirs = { url: await yardstick.url, ...(canAccount() && { pid: yardstick.pid }) }
  return measureAll({ controller: ours, yardstick: theirs, targets, replyBytes, pace })
}

async function measureAll(bench: Bench): Promise<readonly Result[]> {
  const results: Result[] = []
  for (const row of rows) results.push({ ...row, ...(await row.measure(bench)) })
  return results
}

function startYardstick({ heartbeat, frame }: Bench['replyBytes']): Served {
  return serve(
    [process.execPath, join(import.meta.dir, 'yardstick.ts'), `${heartbeat}`, `${frame}`],
    import.meta.dir,
    {},
  )
}

function interruption(): Promise<never> {
  return new Promise((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => reject(new Error(`stopped by ${signal}`)))
  })
}

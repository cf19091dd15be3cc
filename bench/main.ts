import { parseArgs } from 'node:util'
import { type Controller, givenController, ownController } from './controller.ts'
import { type Measured, measure, type Pace } from './measure.ts'
import { canAccount } from './process.ts'
import { frames } from './rows/frames.ts'
import { heartbeats } from './rows/heartbeats.ts'
import { provenance, table } from './table.ts'

const USAGE = `Usage: npm run bench -- [options]

  --quick               short rounds, as CI runs them
  --against URL         another controller of this contract, with --email and --password of an owner
  --json FILE           the figures, for programs`

const rows = [...heartbeats, ...frames]
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
  ? { rounds: 3, warmUpMs: 500, countedMs: 1500 }
  : { rounds: 5, warmUpMs: 1000, countedMs: 5000 }

const { against, email, password } = values
if (!canAccount()) console.log('This system has no /proc: requests per second only, no ratios.')
const controller: Controller = against
  ? givenController(against, { email, password })
  : await ownController({ PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' })
const measured: Measured[] = []
try {
  const targets = await controller.enrol(Math.max(...rows.map(({ nodes }) => nodes)))
  for (const row of rows) {
    const { pid, ...elsewhere } = controller
    const accounted = pid !== undefined && canAccount() ? controller : elsewhere
    measured.push(await measure(row, accounted, targets, pace))
  }
} finally {
  await controller.stop()
}

const from = provenance()
console.log(`\n${table(measured)}\n`)
console.log(
  'A ratio is requests per CPU-second of the controller over those of B, a bare Elysia server that checks the body,',
)
console.log('measured in turn in one run. "B requests/s" is the most that the driver gets out of anything here.')
for (const [name, value] of Object.entries(from)) console.log(`${name}: ${value}`)
if (values.json) await Bun.write(values.json, JSON.stringify({ ...from, pace, measured }, null, 2))

const errors = measured.flatMap(({ row, errors }) => errors.map((error) => `row ${row.number}: ${error}`))
for (const error of errors) console.error(error)
process.exit(errors.length > 0 ? 1 : 0)

import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { provenance } from '../table.ts'
import { told } from './plan.ts'
import { survey } from './survey.ts'

const USAGE = `Usage: npm run plans [-- --jobs N]

Fills a database with N finished jobs (1,000,000) and writes down, beside this program, how it answers what the
controller asks it about the few that are alive. Fails when a statement reads more than those few.`

const { values } = parseArgs({
  options: { jobs: { type: 'string', default: '1000000' }, help: { type: 'boolean', default: false } },
})
if (values.help) {
  console.log(USAGE)
  process.exit(0)
}

const { version, surveyed } = await survey(Number(values.jobs))
const jobs = Number(values.jobs).toLocaleString('en')
const head = `${jobs} finished jobs, PostgreSQL ${version}, commit ${provenance().commit}`
for (const { name, statements } of surveyed) {
  await Bun.write(
    join(import.meta.dir, `${name}.txt`),
    `${[`${name}: ${head}`, ...statements.map(told)].join('\n\n')}\n`,
  )
}
const complaints = surveyed.flatMap(({ name, complaints }) => complaints.map((each) => `${name}: ${each}`))
console.log([head, ...complaints].join('\n\n'))
process.exit(complaints.length > 0 ? 1 : 0)

import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { provenance } from '../report/provenance.ts'
import { told } from './plan.ts'
import { survey } from './survey.ts'

const USAGE = `Usage: npm run plans [-- --jobs N]

Fills a database with N finished jobs (1,000,000) and writes down, beside this program, how it answers what the
controller asks it about the few that are alive. Behind another number of jobs nothing is written down. Fails when a
statement reads more than those few.`

/** What is kept is of this many. */
const JOBS_KEPT = 1_000_000

const { values } = parseArgs({
  options: { jobs: { type: 'string', default: String(JOBS_KEPT) }, help: { type: 'boolean', default: false } },
})
if (values.help) {
  console.log(USAGE)
  process.exit(0)
}

const jobs = Number(values.jobs)
if (!Number.isSafeInteger(jobs) || jobs < 1) {
  console.error(`--jobs takes a whole number, 1 or more, not ${JSON.stringify(values.jobs)}`)
  process.exit(2)
}

const { version, surveyed } = await survey(jobs)
const head = `${jobs.toLocaleString('en')} finished jobs, PostgreSQL ${version}, commit ${provenance().commit}`
for (const { name, statements } of jobs === JOBS_KEPT ? surveyed : []) {
  await Bun.write(
    join(import.meta.dir, `${name}.txt`),
    `${[`${name}: ${head}`, ...statements.map(told)].join('\n\n')}\n`,
  )
}
const complaints = surveyed.flatMap(({ name, complaints }) => complaints.map((each) => `${name}: ${each}`))
const kept = jobs === JOBS_KEPT ? [] : [`Not written down: what is kept is behind ${JOBS_KEPT.toLocaleString('en')}.`]
console.log([head, ...complaints, ...kept].join('\n\n'))
process.exit(complaints.length > 0 ? 1 : 0)

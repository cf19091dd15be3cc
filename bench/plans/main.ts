import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { provenance } from '../report/provenance.ts'
import { chapters, surveyAudit } from './audit-survey.ts'
import { told } from './plan.ts'
import { survey } from './survey.ts'

const USAGE = `Usage: npm run plans [-- --jobs N] [--events N]

Fills a database with N finished jobs (1,000,000) and another with N events of the audit (1,000,000), and writes down,
beside this program, how they answer what the controller asks about the few jobs that are alive, and what people ask of the
audit, with the time that took. Behind other numbers nothing is written down, and 0 leaves a part out. Fails when a statement
reads more than it should.`

/** What is kept is of this many. */
const KEPT = 1_000_000
/** How often each question about the audit is asked. */
const TIMES = 50

const number = { type: 'string', default: String(KEPT) } as const
const { values } = parseArgs({ options: { jobs: number, events: number, help: { type: 'boolean', default: false } } })
if (values.help) {
  console.log(USAGE)
  process.exit(0)
}

const count = (name: 'jobs' | 'events'): number => {
  const said = Number(values[name])
  if (Number.isSafeInteger(said) && said >= 0) return said
  console.error(`--${name} takes a whole number, 0 or more, not ${JSON.stringify(values[name])}`)
  process.exit(2)
}
const [jobs, events] = [count('jobs'), count('events')]

const complaints = [...(jobs > 0 ? await lookAtJobs() : []), ...(events > 0 ? await lookAtAudit() : [])]
process.exit(complaints.length > 0 ? 1 : 0)

async function lookAtJobs(): Promise<readonly string[]> {
  const { version, surveyed } = await survey(jobs)
  const head = `${jobs.toLocaleString('en')} finished jobs, PostgreSQL ${version}, commit ${provenance().commit}`
  for (const { name, statements } of surveyed) await keep(jobs, name, head, statements.map(told))
  return said(
    jobs,
    head,
    surveyed.flatMap(({ name, complaints }) => complaints.map((each) => `${name}: ${each}`)),
  )
}

async function lookAtAudit(): Promise<readonly string[]> {
  const surveyed = await surveyAudit(events, TIMES)
  const { commit, machine } = provenance()
  const head = `${events.toLocaleString('en')} events, PostgreSQL ${surveyed.version}, commit ${commit}, ${machine}`
  for (const [name, lines] of chapters(surveyed)) await keep(events, name, head, lines)
  const times = [...chapters(surveyed).values()].flat().filter((line) => line.startsWith('## '))
  return said(events, [head, ...times].join('\n'), surveyed.complaints)
}

async function keep(behind: number, name: string, head: string, parts: readonly string[]): Promise<void> {
  if (behind !== KEPT) return
  await Bun.write(join(import.meta.dir, `${name}.txt`), `${[`${name}: ${head}`, ...parts].join('\n\n')}\n`)
}

function said(behind: number, head: string, complaints: readonly string[]): readonly string[] {
  const kept = behind === KEPT ? [] : [`Not written down: what is kept is behind ${KEPT.toLocaleString('en')}.`]
  console.log([head, ...complaints, ...kept].join('\n\n'))
  return complaints
}

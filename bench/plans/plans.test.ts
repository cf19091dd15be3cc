import { expect, test } from 'bun:test'
import { surveyAudit } from './audit-survey.ts'
import { complaints, type Plan, readsInSequence } from './plan.ts'
import { survey } from './survey.ts'

/** As many as it takes for reading them all to be told from reading a few; a million is looked at by `npm run plans`. */
const FINISHED_JOBS = 20_000
const AUDIT_EVENTS = 50_000

test('on the way of a job from its order to its end, no statement reads what is long finished', async () => {
  const { surveyed } = await survey(FINISHED_JOBS)
  expect(surveyed.flatMap(({ name, complaints }) => complaints.map((each) => `${name}: ${each}`))).toEqual([])
  const asked = surveyed.map(({ name, statements }) => `${name} ${statements.length}`)
  const mute = surveyed.filter(({ statements }) => !statements.some(({ statement }) => statement.includes('"jobs"')))
  expect({ asked, mute: mute.map(({ name }) => name) }).toEqual({ asked, mute: [] })
}, 60_000)

test('whoever reads the audit, by any filter, reads what is shown and what is new, and not the trail', async () => {
  const { complaints, timed, statements } = await surveyAudit(AUDIT_EVENTS, 1)
  expect(complaints).toEqual([])
  const mute = timed.filter(
    ({ question }) => !statements.get(question)?.some(({ statement }) => /\baudit\b/.test(statement)),
  )
  expect(mute.map(({ question }) => question.name)).toEqual([])
}, 120_000)

test('a table read in vain and an index read from end to end are complained of, wherever in the plan', () => {
  const step = { 'Actual Rows': 1, 'Actual Loops': 1, 'Shared Hit Blocks': 3, 'Shared Read Blocks': 1 }
  const limits = { rows: 4, pages: 60 }
  const said = (plan: Plan) => complaints([{ statement: 'select 1', plan }], limits).join()

  expect(said({ ...step, 'Node Type': 'Index Scan', 'Relation Name': 'jobs', 'Index Name': 'jobs_pkey' })).toBe('')
  const inVain = { ...step, 'Node Type': 'Seq Scan', 'Relation Name': 'jobs', 'Rows Removed by Filter': 4 }
  expect(said({ ...step, 'Node Type': 'Limit', Plans: [inVain] })).toEndWith('5 rows and 4 pages read')
  const often = { ...step, 'Node Type': 'Index Scan', 'Relation Name': 'jobs', 'Actual Loops': 100 }
  expect(said({ ...step, 'Node Type': 'Nested Loop', Plans: [often] })).toEndWith('100 rows and 4 pages read')
  const endToEnd = { ...step, 'Node Type': 'Index Only Scan', 'Index Name': 'jobs_active', 'Shared Read Blocks': 58 }
  expect(said(endToEnd)).toEndWith('1 rows and 61 pages read')

  expect(readsInSequence({ ...step, 'Node Type': 'Limit', Plans: [inVain] }, 'jobs')).toBe(true)
  expect(readsInSequence(often, 'jobs')).toBe(false)
})

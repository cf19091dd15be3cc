/** One step of how the database answered a statement, as EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) has it. */
export interface Plan {
  readonly 'Node Type': string
  readonly Operation?: string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  /** Of each loop, on average; the removed ones too. */
  readonly 'Actual Rows': number
  readonly 'Actual Loops': number
  readonly 'Rows Removed by Filter'?: number
  readonly 'Rows Removed by Index Recheck'?: number
  readonly 'Shared Hit Blocks': number
  readonly 'Shared Read Blocks': number
  readonly Plans?: readonly Plan[]
}

/** What was asked, and how it was answered. */
export interface Answered {
  readonly statement: string
  readonly plan: Plan
}

/** The most that any one statement may take: a claim's cost must not know how much has been recorded before. */
export interface Limits {
  readonly rows: number
  /** Pages of 8 KiB, those of the indexes too: an index that is read from end to end removes no rows and is caught here. */
  readonly pages: number
}

/** Each statement that took too much, once, in words. */
export function complaints(answered: readonly Answered[], limits: Limits): readonly string[] {
  const greedy = answered.filter(({ plan }) => rowsRead(plan) > limits.rows || pagesOf(plan) > limits.pages)
  return [...new Map(greedy.map((each) => [each.statement, told(each)])).values()]
}

/** Rows that were taken from a table or an index, whether or not they were of any use. */
export function rowsRead(plan: Plan): number {
  const own = isScan(plan) ? (plan['Actual Rows'] + removed(plan)) * plan['Actual Loops'] : 0
  return (plan.Plans ?? []).reduce((sum, each) => sum + rowsRead(each), own)
}

/** Whether any step goes through all of a table. */
export const readsInSequence = (plan: Plan, table: string): boolean =>
  (plan['Node Type'] === 'Seq Scan' && plan['Relation Name'] === table) ||
  (plan.Plans ?? []).some((each) => readsInSequence(each, table))

const pagesOf = (plan: Plan) => plan['Shared Hit Blocks'] + plan['Shared Read Blocks']
const isScan = (plan: Plan) => plan['Node Type'].endsWith('Scan') && (plan['Relation Name'] ?? plan['Index Name'])
const removed = (plan: Plan) => (plan['Rows Removed by Filter'] ?? 0) + (plan['Rows Removed by Index Recheck'] ?? 0)

/** For people: what differs from machine to machine is left out. */
export const told = ({ statement, plan }: Answered): string =>
  `${abridged(statement)}\n${drawn(plan)}\n  ${rowsRead(plan)} rows and ${pagesOf(plan)} pages read`

const COLUMN = String.raw`"\w+"(?:\."\w+")?(?: = excluded\."\w+"| (?:text|integer|bigint|boolean|jsonb|timestamp\(3\) with time zone)(?:\[\])?)?`
const LONG_LIST = new RegExp(`(${COLUMN}, ${COLUMN})(?:, ${COLUMN})+`, 'g')

/** On one line; of a long list of columns the first ones. */
const abridged = (statement: string) => statement.replace(/\s+/g, ' ').replace(LONG_LIST, '$1, ..')

function drawn(plan: Plan, depth = 1): string {
  const { Operation: operation, Plans: below = [] } = plan
  const index = plan['Index Name']
  const table = plan['Relation Name']
  const what = [
    operation ?? plan['Node Type'],
    ...(index === undefined ? [] : [`using ${index}`]),
    ...(table === undefined ? [] : [`on ${table}`]),
  ]
  const counts = [
    `${plan['Actual Rows']} rows`,
    ...(removed(plan) > 0 ? [`${removed(plan)} read in vain`] : []),
    ...(plan['Actual Loops'] === 1 ? [] : [`${plan['Actual Loops']} times`]),
  ]
  const line = `${'  '.repeat(depth)}${what.join(' ')}: ${counts.join(', ')}`
  return [line, ...below.map((each) => drawn(each, depth + 1))].join('\n')
}

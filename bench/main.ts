import { type Options, readOptions, USAGE } from './options.ts'
import { quick, thorough } from './pace.ts'
import { costChart } from './report/chart.ts'
import { provenance } from './report/provenance.ts'
import { entry, isDone, type Result, report } from './report/table.ts'
import type { Measured, Row } from './rows/row.ts'
import { rowsOf } from './rows/rows.ts'
import { canAccount } from './stage/process.ts'
import { programStage } from './stage/program.ts'

process.exit(await main(process.argv.slice(2)))

async function main(args: readonly string[]): Promise<number> {
  let options: Options
  try {
    options = readOptions(args)
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    return 2
  }
  if (options.help) {
    console.log(USAGE)
    return 0
  }
  const pace = options.quick ? quick : thorough
  const all = rowsOf(pace, options.hosts)
  const rows = all.filter(({ number }) => options.rows.length === 0 || options.rows.includes(number))
  const unknown = options.rows.filter((number) => !all.some((row) => row.number === number))
  if (unknown.length > 0) {
    console.error(`there is no row ${unknown.join(', ')}: ${[...new Set(all.map(({ number }) => number))].join(', ')}`)
    return 2
  }
  if (!canAccount()) console.log('This system has no /proc: requests per second only, no ratios.')

  const from = provenance()
  const stage = programStage(options.given)
  const results = await measureAll(rows).finally(() => stage.clear())
  console.log(`\n${report(results, from)}`)
  if (options.json) await write(options.json, results)
  return results.some((result) => isDone(result) && result.errors > 0) ? 1 : 0

  async function measureAll(rows: readonly Row[]): Promise<readonly Result[]> {
    const results: Result[] = []
    for (const row of rows) {
      const { number, name, runtime, needsOwn } = row
      const known = { number, name, ...(runtime && { runtime }) }
      const isForeign = stage.given && (needsOwn || runtime)
      const result = isForeign
        ? { ...known, notMeasured: 'it needs a controller that is started here' }
        : { ...known, ...unjudged(await row.measure(stage, pace)) }
      console.log(entry(result))
      results.push(result)
    }
    return results
  }

  /** What was measured quickly is held against nothing. */
  function unjudged(measured: Measured): Measured {
    if (!options.quick) return measured
    return { ...measured, figures: measured.figures.map(({ name, measured }) => ({ name, measured })) }
  }

  async function write(path: string, results: readonly Result[]): Promise<void> {
    await Bun.write(path, `${JSON.stringify({ ...from, pace, rows: results }, null, 2)}\n`)
    const costs = results.find((result) => isDone(result) && result.costs !== undefined)
    if (costs && isDone(costs) && costs.costs)
      await Bun.write(`${path.replace(/\.json$/, '')}.svg`, costChart(costs.costs, from))
  }
}

import type { Aim, Figure, Measured, Row } from '../rows/row.ts'
import { runtimes } from '../stage/runtimes.ts'
import type { Spread } from '../statistics.ts'
import type { Provenance } from './provenance.ts'

export type Result = Pick<Row, 'number' | 'name' | 'runtime'> & (Measured | { readonly notMeasured: string })
export type Done = Pick<Row, 'number' | 'name' | 'runtime'> & Measured

export const isDone = (result: Result): result is Done => !('notMeasured' in result)

const LEGEND = `Figures are the median of the rounds, with least and most. B is a bare Elysia server that checks the body and gives an answer as
long; a ratio is requests per CPU-second of the controller over those of B, measured in turn in one run. What stands for B beside
it is the driver's own ceiling: the most that it gets out of anything here, and the CPU that it used for that. "incl. DB": with
every PostgreSQL process. In an open loop latency is counted from the time that was due; the probe's is the most that the
controller's event loop can have lagged, and the disk's is what a page takes to be kept while nothing else is at work.`

export function report(results: readonly Result[], from: Provenance): string {
  const where = Object.entries(from).map(([name, value]) => `${name}: ${value}`)
  return [sideBySide(results), LEGEND, ...where].filter(Boolean).join('\n\n')
}

/** A row: what is aimed at in columns, what helps to judge it underneath, and everything that went wrong. */
export function entry(result: Result): string {
  const head = `${result.number.padStart(2)}  ${result.name}`
  if (!isDone(result)) return `${head}\n    not measured: ${result.notMeasured}`
  const { figures, asides, notes = [], errors, faults } = result
  const lines = columns(figures.map(cellsOf))
  const beside = Object.entries({ ...asides, errors }).map(([name, value]) => `${name} ${shown(value)}`)
  const wrong = [...new Set(faults)].map((fault) => `error: ${fault}`)
  return [head, ...[...lines, beside.join(', '), ...notes, ...wrong].map((line) => `    ${line}`)].join('\n')
}

const cellsOf = ({ name, measured, aim }: Figure): readonly string[] => [
  name,
  spread(measured),
  ...(aim
    ? [`${aim.is} ${aim.target}`, aim.stretch === undefined ? '' : `stretch ${aim.stretch}`, verdict(measured, aim)]
    : []),
]

/** What is measured once, quickly, or on a busy machine decides nothing: the median is held against the aim all the same. */
export function verdict({ median }: Spread, { is, target, stretch }: Aim): string {
  const meets = (aim: number | undefined) => aim !== undefined && (is === 'at least' ? median >= aim : median <= aim)
  if (Number.isNaN(median)) return ''
  return meets(stretch) ? 'stretch' : meets(target) ? 'met' : 'not met'
}

function columns(lines: readonly (readonly string[])[]): readonly string[] {
  const widths: number[] = []
  for (const cells of lines) for (const [i, cell] of cells.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length)
  return lines.map((cells) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

/** The first figure of each row that was measured on several runtimes. */
function sideBySide(results: readonly Result[]): string {
  const done = results.filter(isDone)
  const others = done.filter(({ runtime }) => runtime !== undefined)
  if (others.length === 0) return ''
  const numbers = [...new Set(others.map(({ number }) => number))]
  const [, ...further] = runtimes
  const on = (number: string, runtime: Row['runtime']) =>
    done.find((each) => each.number === number && each.runtime === runtime)
  const lines = numbers.map((number) => {
    const all = [on(number, undefined), ...further.map((runtime) => on(number, runtime))]
    const figures = all.map((each) => (each?.figures[0] ? spread(each.figures[0].measured) : '-'))
    return [`${number}  ${all.find(Boolean)?.name.replace(/, on \w+$/, '') ?? ''}`, ...figures]
  })
  return columns([['side by side, ratio to B', ...runtimes], ...lines]).join('\n')
}

const spread = ({ median, min, max }: Spread) =>
  Number.isNaN(median) ? 'not accounted for' : `${shown(median)} (${shown(min)}-${shown(max)})`

const shown = (value: number) =>
  Number.isNaN(value)
    ? '-'
    : Number.isInteger(value) || value >= 1000
      ? value.toFixed(0)
      : value.toFixed(value < 100 ? 2 : 1)

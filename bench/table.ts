import { cpus, release, totalmem, type } from 'node:os'
import type { Measured, Row } from './rows/row.ts'
import type { Spread } from './statistics.ts'

export type Result = Omit<Row, 'measure'> & Measured
export type Provenance = Readonly<Record<'commit' | 'machine' | 'system', string>>

const LEGEND = `A ratio is requests per CPU-second of the controller over those of B, a bare Elysia server that checks the body and gives
an answer as long, measured in turn in one run: the median of the rounds (min-max). "B requests/s" is the driver's own
ceiling: the most that it gets out of anything here; "driver cores" is the CPU that it used for that.`

export function report(results: readonly Result[], from: Provenance): string {
  const faults = results.flatMap(({ number, faults }) =>
    [...new Set(faults)].map((fault) => `error in row ${number}: ${fault}`),
  )
  const where = Object.entries(from).map(([name, value]) => `${name}: ${value}`)
  return [table(results), '', LEGEND, ...where, ...faults].join('\n')
}

function table(results: readonly Result[]): string {
  const lines = [columns, ...results.map(cellsOf)]
  const widths = columns.map((_, i) => Math.max(...lines.map((cells) => cells[i]?.length ?? 0)))
  return lines
    .map((cells) =>
      cells
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

const columns = [
  '',
  'row',
  'ratio to B (min-max)',
  'target',
  'incl. DB',
  'target',
  'requests/s',
  'p50 ms',
  'p99 ms',
  'B requests/s',
  'driver cores',
  'errors',
]

const cellsOf = ({ ratio, ratioWithDatabase, targetWithDatabase, ...told }: Result): string[] => [
  told.number,
  told.name,
  spread(ratio),
  told.target.toFixed(2),
  spread(ratioWithDatabase),
  targetWithDatabase?.toFixed(2) ?? '-',
  told.requestsPerSecond.toFixed(0),
  told.p50Ms.toFixed(2),
  told.p99Ms.toFixed(2),
  told.yardstickPerSecond.toFixed(0),
  told.driverCores.toFixed(2),
  `${told.errors}`,
]

const spread = (of: Spread | undefined) =>
  of ? `${of.median.toFixed(2)} (${of.min.toFixed(2)}-${of.max.toFixed(2)})` : 'no account of CPU'

/** The machine and the commit stand beside the numbers: without them a number says nothing. */
export function provenance(): Provenance {
  const git = (...words: string[]) =>
    Bun.spawnSync(['git', ...words], { cwd: import.meta.dir })
      .stdout.toString()
      .trim()
  const dirty = git('status', '--porcelain') === '' ? '' : '-dirty'
  const [cpu] = cpus()
  return {
    commit: `${git('rev-parse', '--short', 'HEAD')}${dirty}`,
    machine: `${cpu?.model.trim() ?? 'unknown'}, ${cpus().length} cores, ${Math.round(totalmem() / 1024 ** 3)} GiB`,
    system: `${type()} ${release()}, Bun ${Bun.version}`,
  }
}

import { cpus, release, totalmem, type } from 'node:os'
import type { Measured } from './measure.ts'
import type { Spread } from './statistics.ts'

/** The machine and the commit stand beside the numbers: without them a number says nothing. */
export function provenance(): Readonly<Record<string, string>> {
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
  'errors',
]

export function table(measured: readonly Measured[]): string {
  const lines = [columns, ...measured.map(cellsOf)]
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

const cellsOf = ({ row, ratio, ratioWithDatabase, errors, ...told }: Measured): string[] => [
  row.number,
  row.name,
  spread(ratio),
  row.target.toFixed(2),
  spread(ratioWithDatabase),
  row.targetWithDatabase?.toFixed(2) ?? '-',
  told.requestsPerSecond.toFixed(0),
  told.p50Ms.toFixed(2),
  told.p99Ms.toFixed(2),
  told.yardstickPerSecond.toFixed(0),
  `${errors.length}`,
]

const spread = (of: Spread | undefined) =>
  of ? `${of.median.toFixed(2)} (${of.min.toFixed(2)}-${of.max.toFixed(2)})` : 'no account of CPU here'

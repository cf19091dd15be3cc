import { iso } from '../../core/time.ts'
import { respond } from './reply.ts'

/** A cell that would be read as a formula is led by an apostrophe. */
function harmless(value: string | number | undefined): string {
  const text = value === undefined ? '' : String(value)
  return /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
}

const quoted = (text: string) => (text.includes('"') ? `"${text.replaceAll('"', '""')}"` : `"${text}"`)

/** Quoted where it would divide cells or lines (RFC 4180). */
export function cell(value: string | number | undefined): string {
  const text = harmless(value)
  return /[",\r\n]/.test(text) ? quoted(text) : text
}

/** Quoted whatever it is, for readers that count on it. */
export const quotedCell = (value: string | number | undefined): string => quoted(harmless(value))

export type Column<T> = readonly [name: string, value: (row: T) => string | number | undefined]

/** One row, without the newline. */
export const csvLine = <T>(columns: readonly Column<T>[], row: T, write = cell): string =>
  columns.map(([, value]) => write(value(row))).join(',')

/** Lines without a last newline, named after the moment of the export. */
export function csvReply<T>(noun: string, columns: readonly Column<T>[], rows: readonly T[], at: number): Response {
  const head = columns.map(([name]) => name).join(',')
  const lines = [head, ...rows.map((row) => csvLine(columns, row))]
  return respond(lines.join('\n'), 200, fileHeaders(noun, 'csv', at))
}

const typeOf = { csv: 'text/csv; charset=utf-8', ndjson: 'application/x-ndjson' } as const

/** A file to keep, named after the moment of the export. */
export const fileHeaders = (noun: string, format: keyof typeof typeOf, at: number) => ({
  'cache-control': 'no-store',
  'content-disposition': `attachment; filename="roomtone-${noun}-${iso(at).replaceAll(':', '-')}.${format}"`,
  'content-type': typeOf[format],
})

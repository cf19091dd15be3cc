import { iso } from '../../core/time.ts'
import { respond } from './reply.ts'

/** A cell that would be read as a formula is led by an apostrophe; what divides cells and lines is quoted (RFC 4180). */
export function cell(value: string | number | undefined): string {
  const text = value === undefined ? '' : String(value)
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}

export type Column<T> = readonly [name: string, value: (row: T) => string | number | undefined]

/** Lines without a last newline, named after the moment of the export. */
export function csvReply<T>(noun: string, columns: readonly Column<T>[], rows: readonly T[], at: number): Response {
  const lines = [columns.map(([name]) => name), ...rows.map((row) => columns.map(([, value]) => cell(value(row))))]
  return respond(lines.map((line) => line.join(',')).join('\n'), 200, {
    'cache-control': 'no-store',
    'content-disposition': `attachment; filename="roomtone-${noun}-${iso(at).replaceAll(':', '-')}.csv"`,
    'content-type': 'text/csv; charset=utf-8',
  })
}

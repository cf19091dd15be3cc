import { customType } from 'drizzle-orm/pg-core'

/** Milliseconds since the epoch in core; a real timestamp, to the millisecond, in the database. */
export const instant = customType<{ data: number; driverData: string | Date }>({
  dataType: () => 'timestamp(3) with time zone',
  toDriver: (at) => new Date(at).toISOString(),
  fromDriver: (value) => (value instanceof Date ? value.getTime() : Date.parse(isoOf(value))),
})

/** Postgres writes `2026-01-02 03:04:05.678+00`; not every runtime reads that. */
function isoOf(text: string): string {
  const sign = text.at(-3)
  return `${text.slice(0, 10)}T${text.slice(11)}${sign === '+' || sign === '-' ? ':00' : ''}`
}

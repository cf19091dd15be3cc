import { type } from 'arktype'
import type { AuditEventId, InterfaceId, JobId, NodeId, RecordingId } from '../../core/ids.ts'

/*
 * The words that the wire schemas are made of. Lengths are the contract's; strings are trimmed before they are measured.
 */

export const text = (min: number, max: number) => type('string.trim').to(`${min} <= string <= ${max}`)

/** Not trimmed: a schema that changes nothing is checked several times faster, and agents send ids with every beat. */
const id = type('1 <= string <= 160')
export const nodeId = id.as<NodeId>()
export const interfaceId = id.as<InterfaceId>()
export const jobId = id.as<JobId>()
export const recordingId = id.as<RecordingId>()
export const auditEventId = id.as<AuditEventId>()

/** Some agents and consoles write numbers as text. */
export const looseInteger = (min: number, max: number) =>
  type('number | string.numeric.parse').to(`${min} <= number.integer <= ${max}`)

const YEAR_1 = -62_135_596_800_000
const YEAR_10000 = 253_402_300_800_000

/** Any date and time of four digits of years that can be read; milliseconds since the epoch. */
export const instant = type('string').pipe((said, context) => {
  const at = Date.parse(said)
  return at >= YEAR_1 && at < YEAR_10000 ? at : context.error('a date and time')
})

export const offset = type('string.integer.parse').to('number >= 0').default('0')
export const limit = (max: number, initial: number) =>
  type('string.integer.parse').to(`1 <= number <= ${max}`).default(`${initial}`)

/** Lists show no more than this at once, whatever was asked for. */
const PAGE_MAX = 200

/** A flat query in two parts: what is asked for, and which page of it. */
export function inPages<T extends { limit: number; offset: number }>({ limit, offset, ...filter }: T, most = PAGE_MAX) {
  return { filter, page: { limit: Math.min(limit, most), offset } }
}

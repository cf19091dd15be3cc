import type {
  AuditEventId,
  GroupId,
  InterfaceId,
  JobId,
  NodeId,
  RecordingId,
  SessionId,
  UserId,
} from '../../core/ids.ts'
import { compiled, type } from '../system/type.ts'

/*
 * The words that the wire schemas are made of. Lengths are the contract's; strings are trimmed before they are measured.
 */

export const text = (min: number, max: number) => type('string.trim').to(`${min} <= string <= ${max}`)

/** What is to be found again under this very text: none that a database would write otherwise. */
export const writable = (min: number, max: number) => text(min, max).to(/^[^\0\ud800-\udfff]*$/u)

/** Not trimmed: a schema that changes nothing is checked several times faster, and agents send ids with every beat. */
const id = type('1 <= string <= 160')
export const nodeId = id.as<NodeId>()
export const interfaceId = id.as<InterfaceId>()
export const jobId = id.as<JobId>()
export const recordingId = id.as<RecordingId>()
export const ofNode = compiled({ nodeId })
export const ofJob = compiled({ jobId })
export const auditEventId = id.as<AuditEventId>()
export const sessionId = id.as<SessionId>()

/** One that no account or group can have is that of none, and not found. */
export const userId = type('string').as<UserId>()
export const groupId = type('string').as<GroupId>()

/** Some agents and consoles write numbers as text. */
export const looseInteger = (min: number, max: number) =>
  type('number | string.numeric.parse').to(`${min} <= number.integer <= ${max}`)

const YEAR_1 = -62_135_596_800_000
const YEAR_10000 = 253_402_300_800_000

/** Any date and time of four digits of years that can be read; whole milliseconds since the epoch, however fine it was said. */
export const instant = type('string').pipe((said, context) => {
  const at = Math.trunc(Date.parse(said))
  return at >= YEAR_1 && at < YEAR_10000 ? at : context.error('a date and time')
})

export const offset = type('string.integer.parse').to('number >= 0').default('0')
export const limit = (max: number, initial: number) =>
  type('string.integer.parse').to(`1 <= number <= ${max}`).default(`${initial}`)

/** Lists show no more than this at once, whatever was asked for. */
const PAGE_MAX = 200

/** A page that is never refused: what is no number was not said, a fraction is cut off, and what is out of bounds is at them. */
export const lenientPage = type({ '+': 'delete', 'limit?': 'unknown', 'offset?': 'unknown' }).pipe(
  ({ limit, offset }) => ({
    page: {
      limit: Math.min(Math.max(wholeNumber(limit, 50), 1), PAGE_MAX),
      offset: Math.min(Math.max(wholeNumber(offset, 0), 0), Number.MAX_SAFE_INTEGER),
    },
  }),
)

function wholeNumber(said: unknown, otherwise: number): number {
  const number = typeof said === 'string' ? Math.trunc(Number(said)) : Number.NaN
  return Number.isNaN(number) ? otherwise : number
}

/** A flat query in two parts: what is asked for, and which page of it. */
export function inPages<T extends { limit: number; offset: number }>({ limit, offset, ...filter }: T, most = PAGE_MAX) {
  return { filter, page: { limit: Math.min(limit, most), offset } }
}

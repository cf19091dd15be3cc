import type { AuditEntry } from '../../core/audit/entry.ts'
import type { AuditExport, Batches, ExportFormat } from '../../core/audit/exporting.ts'
import { iso } from '../../core/time.ts'
import { auditReply } from './audit-reply.ts'
import { type Column, csvLine, fileHeaders, quotedCell } from './csv.ts'
import { cuttable } from './cuttable.ts'
import { respond } from './reply.ts'
import type { Incoming } from './route.ts'

/** In the contract's order. */
const columns: readonly Column<AuditEntry>[] = [
  ['createdAt', ({ createdAt }) => iso(createdAt)],
  ['actorType', ({ actor }) => actor.type],
  ['actorId', ({ actor }) => actor.id],
  ['actorName', ({ actor }) => actor.name],
  ['actorRoles', ({ actor }) => actor.roles.join('|')],
  ['action', ({ action }) => action],
  ['permission', ({ permission }) => permission],
  ['targetType', ({ target }) => target.type],
  ['targetId', ({ target }) => target.id],
  ['targetName', ({ target }) => target.name],
  ['outcome', ({ outcome }) => outcome],
  ['reason', ({ reason }) => reason],
  ['correlationIds', ({ correlationIds }) => JSON.stringify(correlationIds)],
  ['details', ({ details }) => JSON.stringify(details)],
  ['before', ({ before }) => before && JSON.stringify(before)],
  ['after', ({ after }) => after && JSON.stringify(after)],
]

/** A head, and a line for each entry; without a last newline. */
async function* csvText(batches: Batches): AsyncGenerator<string> {
  yield columns.map(([name]) => quotedCell(name)).join(',')
  for await (const batch of batches) {
    yield batch.map((entry) => `\n${csvLine(columns, entry, quotedCell)}`).join('')
  }
}

/** An entry a line, as a list would show it. */
async function* ndjsonText(batches: Batches): AsyncGenerator<string> {
  for await (const batch of batches) yield batch.map((entry) => `${JSON.stringify(auditReply(entry))}\n`).join('')
}

const textOf: Record<ExportFormat, (batches: Batches) => AsyncGenerator<string>> = { csv: csvText, ndjson: ndjsonText }

/** At the pace of the reader, and no longer than its session: however much there is, little of it is here at once. */
export async function auditFile(
  exported: AuditExport,
  { request }: Incoming,
  mayGoOn: () => Promise<boolean>,
): Promise<Response> {
  const headers = fileHeaders('audit-events', exported.format, exported.at)
  // Its length is known to nobody, and nothing of it is wanted.
  if (request.method === 'HEAD') return respond(null, 200, headers)
  const text = 'lines' in exported ? exported.lines : textOf[exported.format](exported.batches)
  return respond(cuttable(inPieces(text), mayGoOn), 200, headers)
}

/** Text is sent in pieces of about this size; line by line it would cost more than it weighs. */
const PIECE_LENGTH = 64 * 1024

async function* inPieces(text: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder()
  let piece = ''
  for await (const each of text) {
    piece += each
    if (piece.length < PIECE_LENGTH) continue
    yield encoder.encode(piece)
    piece = ''
  }
  if (piece !== '') yield encoder.encode(piece)
}

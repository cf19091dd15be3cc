import type { PgTable } from 'drizzle-orm/pg-core'
import type { Versioned, VersionedFamily } from '../../../core/ports/storage.ts'
import * as auditSchema from './audit/schema.ts'
import { jobRow, nodeRow, recordingRow } from './rows.ts'
import * as schema from './schema.ts'
import { encode, type Statements, versioned } from './statements.ts'

interface Family extends Statements {
  readonly encode: (things: readonly Versioned[]) => string
}

function family(table: PgTable, toRow: (thing: never) => object = (thing) => thing): Family {
  const { toJson, ...statements } = versioned(table)
  return { ...statements, encode: (things) => encode(things.map((each) => toJson(toRow(each as never)))) }
}

/** How what has a version becomes rows. A new family is a line here. */
export const families: Readonly<Record<VersionedFamily, Family>> = {
  users: family(schema.users),
  groups: family(schema.groups),
  policyBooks: family(schema.policyBooks),
  sessions: family(schema.sessions),
  pendingLogins: family(schema.pendingLogins),
  nodes: family(schema.nodes, nodeRow),
  credentials: family(schema.credentials),
  orderBooks: family(schema.orderBooks),
  recordings: family(schema.recordings, recordingRow),
  jobs: family(schema.jobs, jobRow),
  chunks: family(schema.recordingChunks),
  healthEvents: family(schema.healthEvents),
  seals: family(auditSchema.seals),
}

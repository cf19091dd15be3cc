import { createHash } from 'node:crypto'
import { AND, type AuditEntry, type RecordedEntry } from '../../../../core/audit/entry.ts'
import { kindOf } from '../../../../core/audit/facets.ts'
import { actorText, parseKin, sightOf, targetText } from '../../../../core/audit/filter.ts'
import { present } from '../rows.ts'
import type { audit, auditKinds } from './schema.ts'

/** An entry as rows: itself, and what it shares with others. */
export function auditRows(entry: AuditEntry) {
  const { actor, actorContext, target, ...rest } = entry
  const kind = named(kindOf(entry))
  const { doneBy, isOpen, kin } = sightOf(entry)
  const texts = { actorText: actorText(entry), targetText: targetText(entry) }
  const parsed = kin.filter((each) => each !== AND).map(parseKin)
  const kinTypes = [...new Set(parsed.map(({ type }) => type))]
  const kinIds = [...new Set(parsed.map(({ id }) => id))]
  const parties = named({ ...texts, doneBy, isOpen, kin, kinTypes, kinIds })
  const row = {
    ...rest,
    ...actorContext,
    actorType: actor.type,
    actorId: actor.id,
    actorName: actor.name,
    actorRoles: actor.roles,
    targetType: target.type,
    targetId: target.id,
    targetName: target.name,
    kind: kind.id,
    parties: parties.id,
  }
  return { row, kind, parties }
}

/** By all that it holds, so that the same is one row, whoever writes it: a hash that nobody finds two things for. */
const named = <T extends object>(thing: T) => ({
  ...thing,
  id: createHash('sha256').update(JSON.stringify(thing)).digest('hex').slice(0, 32),
})

export function toAuditEntry(row: typeof audit.$inferSelect): AuditEntry {
  const { seq: _, kind: __, parties: ___, fleeting, ...whole } = row
  const { actorType, actorId, actorName, actorRoles, ipAddress, sessionId, userAgent, ...rest } = whole
  const { targetType, targetId, targetName, ...entry } = rest
  return present({
    ...entry,
    ...(fleeting && { fleeting }),
    actor: { type: actorType, id: actorId, name: actorName, roles: actorRoles },
    actorContext: present({ ipAddress, sessionId, userAgent }),
    target: present({ type: targetType, id: targetId, name: targetName }),
  })
}

export const toRecordedEntry = (row: typeof audit.$inferSelect): RecordedEntry => ({
  ...toAuditEntry(row),
  seq: row.seq,
})

export const toKind = ({ id: _, ...kind }: typeof auditKinds.$inferSelect) => present(kind)

import { isLater, type Presence, type Said } from '../../../core/nodes/presence.ts'
import { iso } from '../../../core/time.ts'
import { once } from '../../system/once.ts'
import { auditRows } from './audit/rows.ts'
import { audit, auditHead, auditKinds, auditParties } from './audit/schema.ts'
import type { Commit } from './batch.ts'
import type { Query } from './engine.ts'
import { CHANNEL, said, touchedBy } from './note.ts'
import * as schema from './schema.ts'
import { encode, latest, numbered, onceOnly, storable } from './statements.ts'

const presences = latest(schema.presences, { key: 'node_id', at: 'last_seen_at' })
const entries = numbered(audit, auditHead)
const kinds = onceOnly(auditKinds)
const parties = onceOnly(auditParties)

/** Takes a parameter's value, and says what it is called in the statement. */
export type Name = (value: string) => string

/** One statement out of parts. */
export class Statement {
  readonly #parameters: string[] = []
  readonly name: Name = (value) => `$${this.#parameters.push(value)}`

  /** What came of it; nothing where it was not `ready`. */
  async say(query: Query, before: readonly string[], { parts, asked, shared }: Adding) {
    const [found] = await query(`with ${[...before, ...parts].join(',\n')}\n${asked}`, this.#parameters)
    return found && { shared, ...(found['moved'] !== undefined && { moved: Number(found['moved']) }) }
  }
}

export interface Adding {
  /** To stand in a `with`, behind something that is called `ready` and has a row where anything is to be done at all. */
  readonly parts: readonly string[]
  /** Gives a row where it was, with the number of the note as `moved` if there is one. */
  readonly asked: string
  readonly shared: readonly string[]
}

/**
 * Whatever comes with any commit: signs of life, audit, and word to the other controllers, which hear of it when it has been
 * committed, in the order of the numbers. What entries share is written once the numbers are taken, so that of two processes
 * one waits.
 */
export function addingOf(commits: readonly Commit[], by: string, shared: Shared, name: Name): Adding {
  const heard = latestOf(commits)
  const recorded = commits.flatMap(({ changes }) => changes.audit ?? []).map(auditRows)
  const freshKinds = shared.fresh(recorded.map(({ kind }) => kind))
  const freshParties = shared.fresh(recorded.map((each) => each.parties))
  const touched = touchedBy(commits.filter(({ moves }) => moves).map(({ changes }) => changes))
  const rows = recorded.length > 0 ? name(encode(recorded.map(({ row }) => entries.toJson(row)))) : undefined

  const parts = [
    (rows || touched) && entries.take(rows, touched !== undefined),
    heard.length > 0 && `heard as (${presences.insert(name(storable(`[${heard.map(rowOf).join()}]`)))})`,
    freshKinds.length > 0 && `kinds as (${kinds.insert(name(encode(freshKinds.map(kinds.toJson))))})`,
    freshParties.length > 0 && `parties as (${parties.insert(name(encode(freshParties.map(parties.toJson))))})`,
    rows && `recorded as (${entries.insert(rows)})`,
  ]
  return {
    parts: parts.filter((each) => typeof each === 'string'),
    asked: touched
      ? `select moved, pg_notify(${name(CHANNEL)}::text, moved || ' ' || ${name(said(by, touched))}::text) from numbers`
      : 'select from ready',
    shared: [...freshKinds, ...freshParties].map(({ id }) => id),
  }
}

/** In the order of their ids, like all that is locked. */
function latestOf(commits: readonly Commit[]): readonly Presence[] {
  const last = new Map<string, Presence>()
  for (const { changes } of commits) {
    for (const each of changes.presences ?? []) if (isLater(each, last.get(each.nodeId))) last.set(each.nodeId, each)
  }
  return [...last.values()].sort((a, b) => (a.nodeId < b.nodeId ? -1 : 1))
}

/** What a node goes on saying is written out once for as long as it says it. */
function rowOf({ nodeId, said, uptimeSeconds, lastSeenAt }: Presence): string {
  const uptime = uptimeSeconds === undefined ? '' : `"uptime_seconds":${uptimeSeconds},`
  return `{"node_id":${JSON.stringify(nodeId)},${uptime}"last_seen_at":"${iso(lastSeenAt)}",${columnsSaid(said)}`
}
const columnsSaid = once((said: Said) => JSON.stringify(presences.toJson(said)).slice(1))

const REMEMBERED_MAX = 50_000

/** What entries share is never changed, nor taken away: what is known to have been written is not sent again. */
export class Shared {
  readonly #written = new Set<string>()

  fresh<T extends { readonly id: string }>(things: readonly T[]): readonly T[] {
    const fresh = new Map<string, T>()
    for (const each of things) if (!this.#written.has(each.id)) fresh.set(each.id, each)
    return [...fresh.values()]
  }

  learn(ids: readonly string[]): void {
    if (this.#written.size + ids.length > REMEMBERED_MAX) this.forget()
    for (const id of ids) this.#written.add(id)
  }

  /** When all is read anew: another database may be there. */
  forget(): void {
    this.#written.clear()
  }
}

import { everything, nothing, type Scope } from '../../core/access/scope.ts'
import type { AuditFilter } from '../../core/audit/filter.ts'
import type { UserId } from '../../core/ids.ts'
import type { Page } from '../../core/page.ts'
import type { Audit, AuditReader } from '../../core/ports/stores.ts'
import { nodeId, roomOf, siteOf, userId } from './trail.ts'

/** Something that people ask of the trail, as the store is asked. */
export interface AuditQuestion {
  readonly name: string
  /** Those of one group are kept in one file. */
  readonly group: 'pages' | 'substrings' | 'scoped' | 'facets' | 'deep'
  ask(audit: Audit): Promise<unknown>
}

const DAY_MS = 24 * 60 * 60_000
const first: Page = { limit: 100, offset: 0 }
const self = userId(3) as UserId
const owner: AuditReader = { scope: everything, self }
const auditor = (scope: Partial<Scope>): AuditReader => ({ scope: { ...nothing, ...scope }, self })
const ofRoom = auditor({ allowed: [{ type: 'room', id: roomOf(7) }] })
const ofNode = auditor({ allowed: [{ type: 'node', id: nodeId(11) }] })
const butOneSite = auditor({ all: true, denied: [{ type: 'site', id: siteOf(7) }] })

const page = (
  group: AuditQuestion['group'],
  name: string,
  filter: AuditFilter,
  { reader = owner, at = first }: { readonly reader?: AuditReader; readonly at?: Page } = {},
): AuditQuestion => ({ group, name, ask: (audit) => audit.list(filter, reader, at) })

const facets = (name: string, filter: AuditFilter, reader = owner): AuditQuestion => ({
  group: 'facets',
  name,
  ask: (audit) => audit.tally(filter, reader),
})

/** Every filter, and the readers from whom something is hidden. `from` is the oldest moment, `to` the newest. */
export const auditQuestions = (from: number, to: number): readonly AuditQuestion[] => [
  page('pages', 'everything', {}),
  page('pages', 'outcome denied', { outcome: 'denied' }),
  page('pages', 'outcome succeeded', { outcome: 'succeeded' }),
  page('pages', 'outcome that there is none of', { outcome: 'partial' }),
  page('pages', 'permission', { permission: 'recording:create' }),
  page('pages', 'permission and outcome', { permission: 'recording:read', outcome: 'denied' }),
  page('pages', 'the last day', { from: to - DAY_MS }),
  page('pages', 'all but the last day', { to: to - DAY_MS }),
  page('pages', 'failures of the first week', { to: from + 7 * DAY_MS, outcome: 'failed' }),

  page('substrings', 'action', { action: 'access.UPDATE' }),
  page('substrings', 'reason', { reason: 'missing' }),
  page('substrings', 'actor: one person', { actor: 'ada byron 17' }),
  page('substrings', 'actor: every recorder', { actor: 'node_' }),
  page('substrings', 'target: one recording', { target: 'rec_1234' }),
  page('substrings', 'target: some halls', { target: 'hall 12' }),
  page('substrings', 'target: two letters', { target: 'se' }),
  page('substrings', 'target that there is none of', { target: 'no such thing' }),
  page('substrings', 'actor and target', { actor: 'byron 17', target: 'session 12' }),
  page('substrings', 'actor and outcome', { actor: 'ada', outcome: 'denied' }),

  page('scoped', 'an auditor of one room', {}, { reader: ofRoom }),
  page('scoped', 'of one room, failures', { outcome: 'failed' }, { reader: ofRoom }),
  page('scoped', 'of one room, its recordings', { target: 'session' }, { reader: ofRoom }),
  page('scoped', 'an auditor of one recorder', {}, { reader: ofNode }),
  page('scoped', 'an auditor of nothing', {}, { reader: auditor({}) }),
  page('scoped', 'of any room', {}, { reader: auditor({ allowed: [{ type: 'room', id: '*' }] }) }),
  page('scoped', 'of all but a site', {}, { reader: butOneSite }),
  page('scoped', 'of all but a site, denials', { outcome: 'denied' }, { reader: butOneSite }),

  facets('of everything', {}),
  facets('of denials', { outcome: 'denied' }),
  facets('of an action', { action: 'recordings.' }),
  facets('of the last three weeks', { from: to - 21 * DAY_MS }),
  facets('of one person', { actor: 'byron 17' }),
  facets('of every recorder', { actor: 'node_' }),
  facets('of sessions', { target: 'session' }),
  facets('for an auditor of one room', {}, ofRoom),
  facets('for one of all but a site', {}, butOneSite),

  page('deep', 'in the middle of everything', {}, { at: { limit: 100, offset: 500_000 } }),
  page('deep', 'at the end of everything', {}, { at: { limit: 100, offset: 999_900 } }),
  page('deep', 'deep among the successes', { outcome: 'succeeded' }, { at: { limit: 100, offset: 300_000 } }),
  page('deep', 'deep among what one room shows', {}, { reader: ofRoom, at: { limit: 100, offset: 100_000 } }),
]

import { everything } from '../access/scope.ts'
import type { UserId } from '../ids.ts'
import { operation } from '../operation.ts'
import { ok } from '../result.ts'
import type { AuditEntry } from './entry.ts'

/**
 * Records what was counted. It leaves no entry but these. Where it was not known whether they had been recorded, those that had
 * are left out.
 */
export const tellRefusals = operation({
  audience: 'system',
  audit: 'audit.refusals',
  target: { type: 'controller' },

  async run({ entries }: { readonly entries: readonly AuditEntry[] }, { stores }) {
    const reader = { scope: everything, self: '' as UserId }
    const found = await Promise.all(entries.map(({ id }) => stores.audit.find(id, reader)))
    const audit = entries.filter((_, i) => found[i] === null)
    return ok({ value: audit.length, changes: { audit }, silent: true })
  },
})

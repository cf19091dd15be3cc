import { operation, type View } from '../operation.ts'
import { ok } from '../result.ts'
import { iso } from '../time.ts'

/** What is taken away is told in one entry, which stays. */
export const THINNED_AT_ONCE_MAX = 1000

/** Reads and signs of life go when they are old enough, once they are sealed; what changed something or was refused never does. */
export const thinTrail = operation({
  audience: 'system',
  audit: 'audit.events.thin',
  target: { type: 'controller' },

  async run(_: object, { stores, settings: { auditThinAfterMs }, mark }: View) {
    if (auditThinAfterMs === undefined) return ok({ value: 0, silent: true })
    const old = await stores.audit.thinnable(mark.at - auditThinAfterMs, THINNED_AT_ONCE_MAX)
    const [first, last] = [old[0], old.at(-1)]
    if (first === undefined || last === undefined) return ok({ value: 0, silent: true })
    return ok({
      value: old.length,
      changes: { thinned: old.map(({ id }) => id) },
      details: {
        thinnedCount: old.length,
        thinnedUntil: iso(Math.max(...old.map(({ createdAt }) => createdAt))),
        firstSeq: first.seq,
        lastSeq: last.seq,
      },
    })
  },
})

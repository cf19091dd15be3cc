import type { PolicyId } from '../ids.ts'
import type { Kin } from './target.ts'

/** Says that somebody may, or may not, touch something. It never adds a permission: roles are the ceiling. */
export interface AccessPolicy {
  readonly id: PolicyId
  readonly effect: 'allow' | 'deny'
  readonly subjectType: 'user' | 'group' | 'everyone'
  /** Absent for everyone. Of a user it is the id or the email. */
  readonly subjectId?: string
  readonly resourceType: string
  readonly resourceId: string
  readonly reason?: string
}

/** Opens something to the one user who holds it. */
export interface Grant {
  readonly resourceType: string
  readonly resourceId: string
}

/** What a rule names; either part may be `*`. */
export interface Match {
  readonly type: string
  readonly id: string
}

export const matchOf = ({ resourceType, resourceId }: Grant): Match => ({ type: resourceType, id: resourceId })

/** The nearest of the kin that the rule names, if it names any. */
export function touched(match: Match, kin: readonly Kin[]): Kin | undefined {
  for (const each of kin) {
    if ((match.type === each.type || match.type === '*') && (match.id === each.id || match.id === '*')) return each
  }
  return undefined
}

import type { GroupId } from '../../ids.ts'
import { ok, type Result, refuse } from '../../result.ts'
import { cut, wellFormed } from '../../text.ts'
import { GROUPS_MAX, slugOf } from '../accounts/group.ts'
import { type Role, roles } from '../permission.ts'

/** What an ID token says of somebody, as far as it is looked at: its shape has been seen to, what it means has not. */
export interface Claims {
  readonly sub: string
  /** Entra's own name for the person; `sub` is another one for each client. */
  readonly oid?: string
  readonly email?: string
  readonly preferred_username?: string
  readonly upn?: string
  readonly email_verified?: unknown
  readonly name?: string
  readonly roles?: unknown
  readonly groups?: unknown
  readonly _claim_names?: unknown
}

/** Somebody whom the provider vouches for, in our own terms. */
export interface Identity {
  readonly externalId: string
  /** Lower-case. */
  readonly email: string
  readonly name: string
  readonly roles: readonly Role[]
  readonly groups: readonly ClaimedGroup[]
}

export interface ClaimedGroup {
  readonly id: GroupId
  /** What it is called if it has to be made. */
  readonly name: string
}

/** `digest`: SHA-256, hex, of a group's name that has nothing in it to make an id of. */
export function identityIn(claims: Claims, digest: (text: string) => string): Result<Identity> {
  const said = claims.email ?? claims.preferred_username ?? claims.upn
  if (said === undefined || isRefuted(claims.email_verified)) return refuse('unauthenticated', 'invalid_oidc_claims')
  const email = wellFormed(said).toLowerCase()
  return ok({
    externalId: claims.oid ?? claims.sub,
    email,
    name: named(claims.name) ?? email,
    roles: roles.filter((role) => listIn(claims.roles).includes(role)),
    groups: groupsIn(claims.groups, digest),
  })
}

/** That nothing is said of it is fine: many providers do not. */
const isRefuted = (verified: unknown): boolean => verified === false || verified === 'false'

/** A person in very many groups has a pointer in place of them, and that is not followed: no groups are known of then. */
export const hasGroupsElsewhere = ({ _claim_names: names }: Claims): boolean =>
  typeof names === 'object' && names !== null && 'groups' in names

/** How many of those that are claimed are not looked at. */
export const groupsLeftOut = ({ groups }: Claims): number => Math.max(0, listIn(groups).length - GROUPS_MAX)

const NAME_MAX = 160
const named = (said = ''): string | undefined => cut(wellFormed(said).trim(), NAME_MAX).trim() || undefined

/** The first of those that have the same id gives it its name. */
function groupsIn(claim: unknown, digest: (text: string) => string): readonly ClaimedGroup[] {
  const byId = new Map<GroupId, ClaimedGroup>()
  for (const value of listIn(claim).slice(0, GROUPS_MAX).map(wellFormed)) {
    const id = (slugOf(value) ?? `group-${digest(value).slice(0, 12)}`) as GroupId
    const name = named(value) ?? id
    if (!byId.has(id)) byId.set(id, { id, name })
  }
  return [...byId.values()]
}

const listIn = (claim: unknown): readonly string[] =>
  Array.isArray(claim) ? claim.filter((each) => typeof each === 'string') : []
